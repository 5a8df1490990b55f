#include "emulator/config/function_name.h"

#include <algorithm>
#include <utility>

#include "emulator/config/text.h"

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

}  // namespace

std::optional<FunctionName> parse_function_name(std::string_view text) {
  // arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>], <account>:function:<name>,
  // function:<name>, <name>
  auto parts = split(text, ':');
  std::string region;
  const auto marker = std::find(parts.begin(), parts.end(), "function");
  if (marker != parts.end() && marker + 1 != parts.end()) {
    const auto before = marker - parts.begin();
    if (before == 5 && (parts[0] != "arn" || parts[2] != "lambda")) return std::nullopt;
    if (before != 0 && before != 1 && before != 5) return std::nullopt;
    if (before == 5) region = parts[3];
    parts.erase(parts.begin(), marker + 1);
  }
  if (parts.empty() || parts.size() > 2 || !is_name(parts[0])) return std::nullopt;
  FunctionName result{parts[0], {}, std::move(region)};
  if (parts.size() == 2) {
    if (!is_qualifier(parts[1])) return std::nullopt;
    result.qualifier = parts[1];
  }
  return result;
}

std::string function_url_path(const std::string& name, const std::string& qualifier) {
  return std::string(kFunctionUrlPrefix) + name + (qualifier.empty() ? "" : ":" + qualifier) + "/";
}

}  // namespace emulator
