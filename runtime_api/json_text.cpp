#include "runtime_api/json_text.h"

#include <array>
#include <cstddef>

#include "runtime_api/utf8.h"

namespace runtime_api {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// A byte that needs no look at what follows it.
constexpr bool is_plain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0; byte < plain.size(); ++byte)
    plain[byte] = is_plain(static_cast<unsigned char>(byte));
  return plain;
}();

void append_escape(std::string& out, char byte) {
  switch (byte) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      break;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  out.append("\\u00");
  out.push_back(kDigits[value >> 4]);
  out.push_back(kDigits[value & 15]);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])]) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      append_escape(out, text.front());
      text.remove_prefix(1);
    } else if (const std::size_t size = utf8_sequence(text); size != 0) {
      out.append(text.substr(0, size));
      text.remove_prefix(size);
    } else {
      out.append(kReplacement);
      text.remove_prefix(1);
    }
  }
  out.push_back('"');
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace runtime_api
