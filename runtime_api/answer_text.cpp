#include "runtime_api/answer_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "runtime_api/json_text.h"

namespace runtime_api {
namespace {

using nlohmann::json;

constexpr std::size_t kParsedErrorBytes = 256 * 1024;  // stack traces reach tens of kilobytes
constexpr std::size_t kParsedErrorDepth = 64;
constexpr std::size_t kStreamErrorBytes = 256 * 1024;  // of the two lines

// Reads a JSON text event by event: no document is built, and it ends at the member that it looks
// for.
class ErrorTypeFinder : public nlohmann::json_sax<json> {
 public:
  std::string found;

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool string(string_t& text) override {
    if (depth_ == 1 && at_error_type_) {
      found = std::move(text);
      return false;
    }
    return value();
  }
  bool key(string_t& name) override {
    at_error_type_ = depth_ == 1 && name == "errorType";
    return true;
  }
  bool start_object(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return depth_ > 0 && open(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

 private:
  bool value() {
    at_error_type_ = false;
    return depth_ > 0;
  }
  bool open() {
    at_error_type_ = false;
    return ++depth_ <= kParsedErrorDepth;
  }
  bool close() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
  bool at_error_type_ = false;
};

// Cuts the last line off; its line break does not belong to it.
std::string_view cut_last_line(std::string_view& text) {
  const auto at = text.rfind('\n');
  const auto start = at == std::string_view::npos ? 0 : at + 1;
  std::string_view line = text.substr(start);
  text = text.substr(0, at == std::string_view::npos ? 0 : at);
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return line;
}

std::string_view trim_line_breaks(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// The value of `Name: value`, when the line ends in that; what stands before the name on a first
// line is the stream's data.
std::optional<std::string_view> value_of(std::string_view line, std::string_view name) {
  const auto same = [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  };
  const auto found = std::find_end(line.begin(), line.end(), name.begin(), name.end(), same);
  std::string_view value = line.substr(static_cast<std::size_t>(found - line.begin()));
  if (value.size() <= name.size() || value[name.size()] != ':') return std::nullopt;
  value.remove_prefix(name.size() + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return value;
}

}  // namespace

std::string error_type_in(std::string_view body) {
  if (body.size() > kParsedErrorBytes) return {};
  ErrorTypeFinder finder;
  json::sax_parse(body.begin(), body.end(), &finder);
  return finder.found;
}

std::optional<std::string> decode_base64(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    std::uint32_t digit = 0;
    if (c >= 'A' && c <= 'Z')
      digit = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      digit = static_cast<std::uint32_t>(c - 'a' + 26);
    else if (c >= '0' && c <= '9')
      digit = static_cast<std::uint32_t>(c - '0' + 52);
    else if (c == '+')
      digit = 62;
    else if (c == '/')
      digit = 63;
    else
      return std::nullopt;
    bits = bits << 6 | digit;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  return out;
}

std::string error_json(std::string_view type, std::string_view message) {
  return R"({"errorType":)" + json_string(type) + R"(,"errorMessage":)" + json_string(message) +
         "}";
}

StreamError stream_error_from(std::string_view type, std::string_view body_base64) {
  StreamError error;
  error.payload = decode_base64(body_base64).value_or(std::string(body_base64));
  error.error_type = type.empty() ? error_type_in(error.payload) : std::string(type);
  if (error.payload.empty()) error.payload = error_json(error.error_type, "");
  return error;
}

std::optional<StreamError> stream_error_at_end_of(std::string_view body) {
  if (body.size() > kStreamErrorBytes) body = body.substr(body.size() - kStreamErrorBytes);
  std::string_view rest = trim_line_breaks(body);
  const std::string_view last = cut_last_line(rest);
  const std::string_view before = cut_last_line(rest);
  constexpr std::string_view kType = "Lambda-Runtime-Function-Error-Type";
  constexpr std::string_view kBody = "Lambda-Runtime-Function-Error-Body";
  for (const auto& [type_line, body_line] : {std::pair(before, last), std::pair(last, before)}) {
    const auto type = value_of(type_line, kType);
    const auto text = value_of(body_line, kBody);
    if (type && text) return stream_error_from(*type, *text);
  }
  return std::nullopt;
}

}  // namespace runtime_api
