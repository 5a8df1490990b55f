// What Signature Version 4 signs, and the signature over it: the part that whoever signs a request
// and whoever verifies one have in common.
// docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. Pure; any
// thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator {

inline constexpr std::string_view kSigV4Algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kSigV4Terminator = "aws4_request";
inline constexpr const char* kSigV4TimeFormat = "%Y%m%dT%H%M%SZ";  // of strftime

struct CanonicalRequest {
  std::string method;
  std::string path;  // as it is sent, percent-encoded; no dot segments
  std::vector<std::pair<std::string, std::string>> query;  // not encoded
  std::map<std::string, std::string> headers;              // the signed ones, by name in lower case
  std::string body_hash;                                   // SHA-256, in hexadecimal digits

  // Values of one name are joined in their order; blanks do not count.
  void add_header(std::string_view name, std::string_view value);
  std::string signed_headers() const;  // "host;x-amz-date"
};

struct CredentialScope {
  std::string date;  // "20150830"
  std::string region;
  std::string service;  // "lambda"

  std::string text() const;  // "20150830/us-east-1/lambda/aws4_request"
};

// In hexadecimal digits. `time`: "20150830T123600Z".
std::string signature(const CanonicalRequest& request, const std::string& secret_access_key,
                      const CredentialScope& scope, const std::string& time);

}  // namespace emulator
