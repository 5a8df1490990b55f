#include "emulator/schema/decimal.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace emulator {
namespace {

constexpr std::uint64_t kBase = 1'000'000'000;  // of the digits that are worked with at a time
constexpr std::size_t kBaseDigits = 9;

std::uint8_t byte_of(char c) {
  return static_cast<std::uint8_t>(c);
}

bool is_negative(std::string_view unscaled) {
  return !unscaled.empty() && (byte_of(unscaled.front()) & 0x80U) != 0;
}

// Two's complement of the opposite number.
void negate(std::string& bytes) {
  unsigned carry = 1;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    carry += static_cast<std::uint8_t>(~byte_of(*byte));
    *byte = static_cast<char>(carry & 0xFFU);
    carry >>= 8U;
  }
}

// Of a number that is not negative; "0" for zero.
std::string digits_of(std::string_view magnitude) {
  std::vector<std::uint64_t> groups{0};  // least significant first
  for (char byte : magnitude) {
    std::uint64_t carry = byte_of(byte);
    for (auto& group : groups) {
      carry += group << 8U;
      group = carry % kBase;
      carry /= kBase;
    }
    if (carry > 0) groups.push_back(carry);
  }
  std::string digits = std::to_string(groups.back());
  for (auto group = groups.rbegin() + 1; group != groups.rend(); ++group) {
    const std::string text = std::to_string(*group);
    digits.append(kBaseDigits - text.size(), '0').append(text);
  }
  return digits;
}

// Big-endian, with a leading zero bit, as few bytes as possible.
std::string bytes_of(std::string_view digits) {
  std::string little{'\0'};
  for (char digit : digits) {
    auto carry = static_cast<unsigned>(digit - '0');
    for (char& byte : little) {
      carry += byte_of(byte) * 10U;
      byte = static_cast<char>(carry & 0xFFU);
      carry >>= 8U;
    }
    if (carry > 0) little += static_cast<char>(carry);
  }
  if ((byte_of(little.back()) & 0x80U) != 0) little += '\0';
  std::reverse(little.begin(), little.end());
  return little;
}

// Takes a superfluous first byte off a negative number: 0xFF80 is 0x80.
void shorten(std::string& bytes) {
  while (bytes.size() > 1 && byte_of(bytes[0]) == 0xFF && (byte_of(bytes[1]) & 0x80U) != 0)
    bytes.erase(0, 1);
}

}  // namespace

std::string decimal_text(std::string_view unscaled, int scale) {
  const bool negative = is_negative(unscaled);
  std::string magnitude(unscaled);
  if (negative) {
    negate(magnitude);
  }
  std::string digits = digits_of(magnitude);
  if (scale > 0) {
    const auto after_point = static_cast<std::size_t>(scale);
    if (digits.size() <= after_point) digits.insert(0, after_point + 1 - digits.size(), '0');
    digits.insert(digits.size() - after_point, 1, '.');
  } else if (scale < 0 && digits != "0") {
    digits.append(static_cast<std::size_t>(-scale), '0');
  }
  return negative ? "-" + digits : digits;
}

std::optional<Decimal> parse_decimal(std::string_view text, int scale) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, point));
  std::string after_point(point < text.size() ? text.substr(point + 1) : "");
  if (digits.empty() || (point < text.size() && after_point.empty())) return std::nullopt;
  while (!after_point.empty() && after_point.back() == '0') after_point.pop_back();
  const auto decimals = static_cast<std::size_t>(std::max(scale, 0));
  if (after_point.size() > decimals) return std::nullopt;
  digits += after_point;
  digits.append(decimals - after_point.size(), '0');
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (digits.size() > static_cast<std::size_t>(kDecimalScaleMax)) return std::nullopt;
  Decimal decimal{bytes_of(digits), digits.size()};
  if (negative) {
    negate(decimal.unscaled);
    shorten(decimal.unscaled);
  }
  return decimal;
}

}  // namespace emulator
