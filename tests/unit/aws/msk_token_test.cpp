#include "emulator/aws/msk_token.h"

#include <algorithm>
#include <string>

#include "tests/support/catch.h"

namespace emulator {
namespace {

constexpr std::int64_t kNowMs = 1'767'323'045'678;  // 2026-01-02T03:04:05.678Z

// What botocore 1.44's SigV4QueryAuth made of the same key, region and time (`service_name`
// "kafka-cluster", `expires` 900, of a GET of https://kafka.eu-west-1.amazonaws.com/ with
// Action=kafka-cluster:Connect), which is what AWS's own signer for MSK calls.
const std::string kSignedByBotocore =
    "https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster%3AConnect"
    "&X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Feu-west-1%2Fkafka-cluster%2Faws4_request"
    "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host";
const std::string kSignature =
    "&X-Amz-Signature=7cc178453342e479def8e0e69cbff443ca929b5b0426af0f4b64554172c7195d";
const std::string kWithSession =
    "&X-Amz-Security-Token=session%2Ftoken%2B%3D%3D"
    "&X-Amz-Signature=81e2e9e348bc4a033a06134ea67b8cac8bb04de2eb81bdbcff1ac299f97b756f";

std::string decoded(const std::string& text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string bits;
  for (const char c : text) {
    const auto digit = kDigits.find(c);
    REQUIRE(digit != std::string_view::npos);
    for (int bit = 5; bit >= 0; --bit)
      bits += ((digit >> static_cast<unsigned>(bit)) & 1U) ? '1' : '0';
  }
  std::string bytes;
  for (std::size_t i = 0; i + 8 <= bits.size(); i += 8)
    bytes += static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
  return bytes;
}

TEST_CASE("msk token: the signed request is botocore's") {
  AwsCredentials credentials{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  const MskToken token = msk_token(credentials, "eu-west-1", kNowMs);
  CHECK(decoded(token.text) == kSignedByBotocore + kSignature + "&User-Agent=klambda");
  CHECK(token.ends_at_ms == 1'767'323'045'000 + 900'000);
  credentials.session_token = "session/token+==";
  CHECK(decoded(msk_token(credentials, "eu-west-1", kNowMs).text) ==
        kSignedByBotocore + kWithSession + "&User-Agent=klambda");
}

TEST_CASE("msk token: text of every length has no padding") {
  AwsCredentials credentials{"A", "s", ""};
  for (int i = 0; i < 3; ++i) {
    credentials.access_key_id += "B";
    const std::string text = msk_token(credentials, "eu-west-1", kNowMs).text;
    CHECK(text.find('=') == std::string::npos);
    CHECK(decoded(text).find("&User-Agent=klambda") != std::string::npos);
  }
}

}  // namespace
}  // namespace emulator
