// Which server stands in for an AWS service, and with which key it is called: from the variables
// that the AWS SDKs read
// (docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html). klambda calls the real AWS
// for what --allow-aws says only. Pure but for the environment; any thread.
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

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; nullopt: they are not set. Throws
// ConfigError, which never shows a key.
std::optional<AwsCredentials> find_credentials(const Environment& environment);

struct AwsEndpoint {
  AwsService service;
  Url url;
  AwsCredentials credentials;
  std::string ca_file;  // AWS_CA_BUNDLE; empty: the system's authorities
};

// AWS_ENDPOINT_URL_<SERVICE>, else AWS_ENDPOINT_URL; nullopt: neither is set. Credentials are those
// of find_credentials, else "test" and "test", which local stand-ins take. Throws ConfigError.
std::optional<AwsEndpoint> find_endpoint(AwsService service, const Environment& environment);

// The same, and with RealAws::Allowed these variables may name AWS itself, which is also asked, in
// `region`, when neither is set. Throws ConfigError, too when AWS is to be asked without a key.
enum class RealAws { Refused, Allowed };
std::optional<AwsEndpoint> find_endpoint(AwsService service, const Environment& environment,
                                         RealAws real_aws, const std::string& region);

}  // namespace emulator
