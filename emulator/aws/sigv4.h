// AWS Signature Version 4: the headers that prove who sends a request.
// docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html; for S3
// docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator {

struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // of temporary credentials; else empty
};

using Headers = std::vector<std::pair<std::string, std::string>>;

struct SignableRequest {
  std::string method;
  std::string host;  // as the Host header says it
  std::string path;  // as it is sent, percent-encoded; no dot segments
  std::vector<std::pair<std::string, std::string>> query;  // not encoded
  Headers headers;  // that are signed too; neither Host nor those that sign() makes
  std::string_view body;
};

struct SigningScope {
  std::string region;
  std::string service;  // "sqs", "sns", "s3", ...
  std::int64_t epoch_s = 0;
};

// What must be sent beside Host and request.headers, Authorization last.
Headers sign(const SignableRequest& request, const AwsCredentials& credentials,
             const SigningScope& scope);

}  // namespace emulator
