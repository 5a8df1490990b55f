#include "emulator/control/json_problem.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

namespace emulator {
namespace {

constexpr std::string_view kValues =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
constexpr std::string_view kValueExpected = "expected a valid value";
constexpr std::size_t kTokenBytesMax = 256;  // of a token that is quoted, Jackson's own limit
constexpr std::string_view kBlank = " \t\r\n";

// Takes everything, and keeps where the parser gave up.
class Finder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t bytes_read, const std::string&,
                   const nlohmann::json::exception&) override {
    end = bytes_read;
    return false;
  }

  std::size_t end = 0;  // how many bytes were read, the offending one among them
};

// What surrounds a place: the innermost bracket that is open, and what stands before the place.
struct Context {
  std::size_t bracket = std::string_view::npos;
  bool in_string = false;
  std::size_t string_start = 0;  // of the last one
  char before = '\0';            // the last byte that is no blank
};

Context context_of(std::string_view text) {
  Context context;
  std::vector<std::size_t> starts;  // of brackets that are open
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (context.in_string) {
      if (c == '\\') ++i;
      context.in_string = c != '"';
    } else if (c == '"') {
      context.in_string = true;
      context.string_start = i;
    } else if (c == '{' || c == '[') {
      starts.push_back(i);
    } else if ((c == '}' || c == ']') && !starts.empty()) {
      starts.pop_back();
    }
  }
  if (!starts.empty()) context.bracket = starts.back();
  if (const auto last = text.find_last_not_of(kBlank); last != text.npos)
    context.before = text[last];
  return context;
}

// Of the byte at `offset`; both count from 1.
std::string location(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto newline = before.rfind('\n');
  const auto column = offset - (newline == before.npos ? 0 : newline + 1) + 1;
  return "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: " +
         std::to_string(line) + ", column: " + std::to_string(column) + "]";
}

std::string at(std::string_view text, std::size_t offset) {
  return "\n at " + location(text, offset);
}

std::string end_of_input(std::string_view text, const Context& context) {
  if (text.find_first_not_of(kBlank) == text.npos)
    return "No content to map due to end-of-input" + at(text, text.size());
  if (context.in_string) {
    return "Unexpected end-of-input: was expecting closing quote for a string value" +
           at(text, text.size());
  }
  if (context.bracket == text.npos) return "Unexpected end-of-input" + at(text, text.size());
  return std::string("Unexpected end-of-input: expected close marker for ") +
         (text[context.bracket] == '{' ? "Object" : "Array") + " (start marker at " +
         location(text, context.bracket) + ")" + at(text, text.size());
}

std::string expected_instead(std::string_view text, const Context& context) {
  if (context.bracket != text.npos && context.before != ':') {
    const bool object = text[context.bracket] == '{';
    if (object && (context.before == '{' || context.before == ','))
      return "was expecting double-quote to start field name";
    if (context.before != '[' && context.before != ',') {
      return std::string("was expecting comma to separate ") + (object ? "Object" : "Array") +
             " entries";
    }
  }
  return std::string(kValueExpected) + " " + std::string(kValues);
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

std::string in_string(std::string_view text, std::size_t offset) {
  const auto byte = static_cast<unsigned char>(text[offset]);
  std::string problem;
  if (byte < ' ') {
    problem = "Illegal unquoted character ((CTRL-CHAR, code " + std::to_string(byte) +
              ")): has to be escaped using backslash to be included in string value";
  } else if (byte >= 0x80) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", byte);
    problem = std::string("Invalid UTF-8 start byte 0x") + hex;
  } else {
    problem = std::string("Unrecognized character escape '") + text[offset] + "' (code " +
              std::to_string(byte) + ")";
  }
  return problem + at(text, offset);
}

std::string wrong_token(std::string_view text, std::size_t offset, const Context& context) {
  const std::string expected = expected_instead(text, context);
  const auto byte = static_cast<unsigned char>(text[offset]);
  if (expected.starts_with(kValueExpected) && std::isalpha(byte) != 0) {
    std::size_t end = offset;
    while (end < text.size() && end - offset < kTokenBytesMax && is_word(text[end])) ++end;
    return "Unrecognized token '" + std::string(text.substr(offset, end - offset)) +
           "': was expecting " + std::string(kValues) + at(text, end + 1);
  }
  return std::string("Unexpected character ('") + text[offset] + "' (code " + std::to_string(byte) +
         ")): " + expected + at(text, offset);
}

}  // namespace

std::string json_problem(std::string_view text) {
  Finder finder;
  nlohmann::json::sax_parse(text, &finder);
  std::size_t offset = finder.end == 0 ? 0 : finder.end - 1;
  if (offset >= text.size()) return end_of_input(text, context_of(text));
  if (const auto before = context_of(text.substr(0, offset)); before.in_string) {
    if (text[offset] != '"') return in_string(text, offset);
    // A whole string where there should be none.
    return wrong_token(text, before.string_start, context_of(text.substr(0, before.string_start)));
  }
  // The parser stops in the middle, or just behind, of a word that is none of JSON's.
  std::size_t word = offset;
  while (word > 0 && is_word(text[word - 1])) --word;
  const auto read = text.substr(word, offset - word);
  if (std::isalpha(static_cast<unsigned char>(text[word])) != 0 && read != "true" &&
      read != "false" && read != "null")
    offset = word;
  return wrong_token(text, offset, context_of(text.substr(0, offset)));
}

}  // namespace emulator
