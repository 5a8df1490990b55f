#include "emulator/control/function_name.h"

#include <algorithm>
#include <vector>

namespace emulator {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 140 &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

bool is_qualifier(std::string_view text) {
  return text == "$LATEST" ||
         (!text.empty() && text.size() <= 128 && text.find('.') == text.npos && is_name(text));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<FunctionName> parse_function_name(std::string_view text) {
  // arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>], <account>:function:<name>,
  // function:<name>, <name>
  auto parts = split(text, ':');
  const auto marker = std::find(parts.begin(), parts.end(), std::string_view("function"));
  if (marker != parts.end() && marker + 1 != parts.end()) {
    const auto before = marker - parts.begin();
    if (before == 5 && (parts[0] != "arn" || parts[2] != "lambda")) return std::nullopt;
    if (before != 0 && before != 1 && before != 5) return std::nullopt;
    parts.erase(parts.begin(), marker + 1);
  }
  if (parts.empty() || parts.size() > 2 || !is_name(parts[0])) return std::nullopt;
  FunctionName result{std::string(parts[0]), {}};
  if (parts.size() == 2) {
    if (!is_qualifier(parts[1])) return std::nullopt;
    result.qualifier = parts[1];
  }
  return result;
}

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
  for (const auto part : split(query, '&')) {
    const auto equals = part.find('=');
    if (percent_decode(part.substr(0, equals)) == name) {
      return equals == part.npos ? std::string() : percent_decode(part.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace emulator
