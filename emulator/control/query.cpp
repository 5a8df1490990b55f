#include "emulator/control/query.h"

#include <algorithm>
#include <cstddef>

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

std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    pairs.emplace_back(
        percent_decode(part.substr(0, equals)),
        equals == part.npos ? std::string() : percent_decode(part.substr(equals + 1)));
  }
  return pairs;
}

std::vector<std::string> query_parameters(std::string_view query, std::string_view name) {
  std::vector<std::string> values;
  for (auto& [parameter, value] : query_pairs(query))
    if (parameter == name) values.push_back(std::move(value));
  return values;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  auto values = query_parameters(query, name);
  if (values.empty()) return std::nullopt;
  return std::move(values.front());
}

}  // namespace emulator
