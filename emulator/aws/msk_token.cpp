#include "emulator/aws/msk_token.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/aws/canonical_request.h"
#include "emulator/aws/url.h"
#include "emulator/config/digest.h"
#include "emulator/config/utc.h"

namespace emulator {
namespace {

constexpr std::int64_t kLifetimeS = 900;
constexpr std::int64_t kMsPerSecond = 1'000;

// RFC 4648 §5, without padding.
std::string base64url(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr unsigned kDigitBits = 6;
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= kDigitBits; count -= kDigitBits)
      text += kDigits[(bits >> (count - kDigitBits)) & 63U];
  }
  if (count > 0) text += kDigits[(bits << (kDigitBits - count)) & 63U];
  return text;
}

}  // namespace

MskToken msk_token(const AwsCredentials& credentials, const std::string& region,
                   std::int64_t epoch_ms) {
  const std::string host = "kafka." + region + ".amazonaws.com";
  const std::string time = utc_text(epoch_ms, kSigV4TimeFormat);
  const CredentialScope scope{time.substr(0, time.find('T')), region, "kafka-cluster"};
  CanonicalRequest request{"GET", "/", {}, {}, hex(sha256(""))};
  request.add_header("host", host);
  request.query = {{"Action", "kafka-cluster:Connect"},
                   {"X-Amz-Algorithm", std::string(kSigV4Algorithm)},
                   {"X-Amz-Credential", credentials.access_key_id + "/" + scope.text()},
                   {"X-Amz-Date", time},
                   {"X-Amz-Expires", std::to_string(kLifetimeS)},
                   {"X-Amz-SignedHeaders", request.signed_headers()}};
  if (!credentials.session_token.empty())
    request.query.emplace_back("X-Amz-Security-Token", credentials.session_token);
  std::string url = "https://" + host + "/";
  for (const auto& [name, value] : request.query)
    url.append(url.back() == '/' ? "?" : "&")
        .append(name)
        .append("=")
        .append(percent_encode(value, Slashes::Encode));
  url += "&X-Amz-Signature=" + signature(request, credentials.secret_access_key, scope, time);
  // Brokers log it; AWS's signers add it behind the signature too.
  url += "&User-Agent=klambda";
  // The signature tells the time in whole seconds.
  return {base64url(url), (epoch_ms / kMsPerSecond + kLifetimeS) * kMsPerSecond};
}

}  // namespace emulator
