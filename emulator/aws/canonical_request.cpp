#include "emulator/aws/canonical_request.h"

#include <algorithm>

#include "emulator/aws/url.h"
#include "emulator/config/digest.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

// Blanks at the ends gone, those in between made one.
std::string canonical_value(std::string_view value) {
  std::string text;
  for (const char c : trim(value))
    if (c != ' ' || text.back() != ' ') text += c;
  return text;
}

std::string canonical_query(const std::vector<std::pair<std::string, std::string>>& query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(percent_encode(name, Slashes::Encode),
                         percent_encode(value, Slashes::Encode));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) text.append("&").append(name).append("=").append(value);
  return text.empty() ? text : text.substr(1);
}

std::string canonical_text(const CanonicalRequest& request, const CredentialScope& scope) {
  // S3 alone takes the path as it is sent instead of encoding it once more
  // (sig-v4-header-based-auth.html).
  const auto path =
      scope.service == "s3" ? request.path : percent_encode(request.path, Slashes::Keep);
  std::string text = request.method + "\n" + path + "\n" + canonical_query(request.query) + "\n";
  for (const auto& [name, value] : request.headers)
    text.append(name).append(":").append(value).append("\n");
  return text + "\n" + request.signed_headers() + "\n" + request.body_hash;
}

std::string signing_key(const std::string& secret_access_key, const CredentialScope& scope) {
  std::string key = "AWS4" + secret_access_key;
  for (const std::string_view part : {std::string_view(scope.date), std::string_view(scope.region),
                                      std::string_view(scope.service), kSigV4Terminator})
    key = hmac_sha256(key, part);
  return key;
}

}  // namespace

void CanonicalRequest::add_header(std::string_view name, std::string_view value) {
  const auto [place, is_new] = headers.try_emplace(lower_case(name), canonical_value(value));
  if (!is_new) place->second += "," + canonical_value(value);
}

std::string CanonicalRequest::signed_headers() const {
  std::string names;
  for (const auto& [name, value] : headers) names.append(names.empty() ? "" : ";").append(name);
  return names;
}

std::string CredentialScope::text() const {
  return join({date, region, service, std::string(kSigV4Terminator)}, "/");
}

std::string signature(const CanonicalRequest& request, const std::string& secret_access_key,
                      const CredentialScope& scope, const std::string& time) {
  const std::string to_sign = join({std::string(kSigV4Algorithm), time, scope.text(),
                                    hex(sha256(canonical_text(request, scope)))},
                                   "\n");
  return hex(hmac_sha256(signing_key(secret_access_key, scope), to_sign));
}

}  // namespace emulator
