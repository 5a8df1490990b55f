// Which server stands in for an AWS service, and with which key it is called: from the variables
// that the AWS SDKs read
// (docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html). klambda never calls the real
// AWS. Pure but for the environment; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "emulator/aws/sigv4.h"
#include "emulator/aws/url.h"

namespace emulator {

enum class AwsService { Sqs, Sns, S3, SecretsManager, Glue };
std::string signing_name(AwsService service);   // "sqs", "secretsmanager"
std::string variable_name(AwsService service);  // "AWS_ENDPOINT_URL_SQS"

// The value of a variable; nullopt: not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<std::string> process_environment(const std::string& name);

struct AwsEndpoint {
  AwsService service;
  Url url;
  AwsCredentials credentials;
  std::string ca_file;  // AWS_CA_BUNDLE; empty: the system's authorities
};

// AWS_ENDPOINT_URL_<SERVICE>, else AWS_ENDPOINT_URL; nullopt: neither is set. Credentials are
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else "test" and "test", which
// local stand-ins take. Throws ConfigError, which never shows a key.
std::optional<AwsEndpoint> find_endpoint(AwsService service, const Environment& environment);

}  // namespace emulator
