#include "runtime_api/uuid.h"

#include <cstdint>
#include <random>

namespace runtime_api {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::string with_hyphens(const std::string& digits) {
  std::string text = digits;
  for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
  return text;
}

}  // namespace

std::string new_uuid() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  std::string digits;
  for (int half = 0; half < 2; ++half) {
    std::uint64_t bits = generator();
    for (int digit = 0; digit < 16; ++digit, bits >>= 4) digits.push_back(kDigits[bits & 15]);
  }
  digits[12] = '4';                                          // version
  digits[16] = kDigits[8 + (kDigits.find(digits[16]) & 3)];  // variant of RFC 4122
  return with_hyphens(digits);
}

std::optional<std::string> parse_uuid(std::string_view text) {
  constexpr std::string_view kUrn = "urn:uuid:";
  if (text.size() == 45 && text.substr(0, kUrn.size()) == kUrn) text.remove_prefix(kUrn.size());
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  const bool hyphens = text.size() == 36;
  if (!hyphens && text.size() != 32) return std::nullopt;
  std::string digits;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char byte = text[at];
    if (hyphens && (at == 8 || at == 13 || at == 18 || at == 23)) {
      if (byte != '-') return std::nullopt;
      continue;
    }
    const char lower = byte >= 'A' && byte <= 'F' ? static_cast<char>(byte - 'A' + 'a') : byte;
    if (kDigits.find(lower) == std::string_view::npos) return std::nullopt;
    digits.push_back(lower);
  }
  return with_hyphens(digits);
}

}  // namespace runtime_api
