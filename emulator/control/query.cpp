#include "emulator/control/query.h"

#include <cstddef>

#include "emulator/config/text.h"

namespace emulator {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  if (query.empty()) return std::nullopt;
  for (const std::string_view part : split(query, '&')) {
    const auto equals = part.find('=');
    if (percent_decode(part.substr(0, equals)) == name) {
      return equals == part.npos ? std::string() : percent_decode(part.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace emulator
