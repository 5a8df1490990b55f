#include "emulator/schema/json_text.h"

#include <string>

namespace emulator {
namespace {

// The library's own way to watch the depth while it parses walks a list anew for each of its items.
bool is_within_depth(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_text = !in_text;
    if (in_text && c == '\\') ++i;
    if (in_text) continue;
    if ((c == '[' || c == '{') && ++depth > kJsonDepthMax) return false;
    if (c == ']' || c == '}') --depth;
  }
  return true;
}

}  // namespace

nlohmann::json parse_json_text(std::string_view text) {
  if (!is_within_depth(text))
    throw JsonTextError("is nested more than " + std::to_string(kJsonDepthMax) + " levels deep");
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw JsonTextError("is not JSON (at byte " + std::to_string(error.byte) + ")");
  } catch (const nlohmann::json::exception&) {  // 1e400
    throw JsonTextError("has a number that is too large");
  }
}

}  // namespace emulator
