#include "emulator/aws/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <stdexcept>

#include "emulator/aws/url.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"

namespace emulator {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kScopeEnd = "aws4_request";
using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string digest_text(const Digest& digest, unsigned int size) {
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {kHex[byte >> 4U], kHex[byte & 15U]};
  }
  return text;
}

std::string sha256_hex(std::string_view text) {
  Digest digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  return hex(digest_text(digest, size));
}

std::string hmac(std::string_view key, std::string_view text) {
  Digest digest{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
           digest.data(), &size) == nullptr)
    throw std::runtime_error("OpenSSL has no HMAC-SHA-256");
  return digest_text(digest, size);
}

// Blanks at the ends gone, those in between made one.
std::string canonical_value(std::string_view value) {
  std::string text;
  for (const char c : trim(value))
    if (c != ' ' || text.back() != ' ') text += c;
  return text;
}

// By name in lower case; values of one name joined in their order.
std::map<std::string, std::string> canonical_headers(const SignableRequest& request,
                                                     const Headers& made) {
  std::map<std::string, std::string> canonical{{"host", request.host}};
  for (const Headers* const headers : {&request.headers, &made})
    for (const auto& [name, value] : *headers) {
      const auto [place, is_new] = canonical.try_emplace(lower_case(name), canonical_value(value));
      if (!is_new) place->second += "," + canonical_value(value);
    }
  return canonical;
}

std::string canonical_query(const SignableRequest& request) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : request.query)
    encoded.emplace_back(percent_encode(name, Slashes::Encode),
                         percent_encode(value, Slashes::Encode));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) text.append("&").append(name).append("=").append(value);
  return text.empty() ? text : text.substr(1);
}

std::string signing_key(const AwsCredentials& credentials, const SigningScope& scope,
                        std::string_view date) {
  std::string key = "AWS4" + credentials.secret_access_key;
  for (const std::string_view part :
       {date, std::string_view(scope.region), std::string_view(scope.service), kScopeEnd})
    key = hmac(key, part);
  return key;
}

}  // namespace

Headers sign(const SignableRequest& request, const AwsCredentials& credentials,
             const SigningScope& scope) {
  const std::string time = utc_text(scope.epoch_s * 1'000, "%Y%m%dT%H%M%SZ");
  const std::string date = time.substr(0, time.find('T'));
  const std::string body_hash = sha256_hex(request.body);
  // S3 alone wants the body's hash as a header, and takes the path as it is sent instead of
  // encoding it once more (sig-v4-header-based-auth.html).
  const bool is_s3 = scope.service == "s3";
  Headers made{{"X-Amz-Date", time}};
  if (is_s3) made.emplace_back("X-Amz-Content-Sha256", body_hash);
  if (!credentials.session_token.empty())
    made.emplace_back("X-Amz-Security-Token", credentials.session_token);

  std::string canonical = request.method + "\n" +
                          (is_s3 ? request.path : percent_encode(request.path, Slashes::Keep)) +
                          "\n" + canonical_query(request) + "\n";
  std::string names;
  for (const auto& [name, value] : canonical_headers(request, made)) {
    canonical.append(name).append(":").append(value).append("\n");
    names.append(names.empty() ? "" : ";").append(name);
  }
  canonical.append("\n").append(names).append("\n").append(body_hash);

  const std::string place = join({date, scope.region, scope.service, std::string(kScopeEnd)}, "/");
  const std::string to_sign =
      join({std::string(kAlgorithm), time, place, sha256_hex(canonical)}, "\n");
  made.emplace_back("Authorization",
                    std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + "/" +
                        place + ", SignedHeaders=" + names +
                        ", Signature=" + hex(hmac(signing_key(credentials, scope, date), to_sign)));
  return made;
}

}  // namespace emulator
