#include "emulator/schema/uuid_text.h"

#include <cstddef>

namespace emulator {
namespace {

constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kUuidCharacters = 36;
constexpr std::string_view kHex = "0123456789abcdef";

unsigned value_of(char byte) {
  return static_cast<unsigned char>(byte);
}

bool dash_follows(std::size_t byte_index) {
  return byte_index == 3 || byte_index == 5 || byte_index == 7 || byte_index == 9;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

}  // namespace

std::string uuid_text(std::string_view bytes) {
  std::string text;
  text.reserve(kUuidCharacters);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += kHex[value_of(bytes[i]) >> 4U];
    text += kHex[value_of(bytes[i]) & 15U];
    if (dash_follows(i)) text += '-';
  }
  return text;
}

std::optional<std::string> uuid_bytes(std::string_view text) {
  if (text.size() != kUuidCharacters) return std::nullopt;
  std::string bytes;
  std::size_t at = 0;
  for (std::size_t i = 0; i < kUuidBytes; ++i) {
    const auto high = hex_digit(text[at++]);
    const auto low = hex_digit(text[at++]);
    if (!high || !low) return std::nullopt;
    bytes += static_cast<char>(*high * 16 + *low);
    if (dash_follows(i) && text[at++] != '-') return std::nullopt;
  }
  return bytes;
}

}  // namespace emulator
