#include "emulator/esm/json_writer.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "emulator/esm/base64.h"
#include "runtime_api/utf8.h"

namespace emulator {
namespace {

constexpr std::size_t kNumberBytesMax = 20;                // -9223372036854775808
constexpr std::size_t kEscapeBytesMax = 6;                 // \u001f
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

struct Escape {
  std::size_t consumed = 1;  // of the input
  std::size_t size = 0;      // of `text`
  std::array<char, kEscapeBytesMax> text{};
};

Escape make_escape(std::size_t consumed, std::string_view text) {
  Escape escape{consumed, text.size(), {}};
  std::copy(text.begin(), text.end(), escape.text.begin());
  return escape;
}

// What the first character of `rest`, which is not plain, becomes inside a JSON string.
Escape escape_first(std::string_view rest) {
  switch (rest.front()) {
    case '"':
      return make_escape(1, "\\\"");
    case '\\':
      return make_escape(1, "\\\\");
    case '\b':
      return make_escape(1, "\\b");
    case '\f':
      return make_escape(1, "\\f");
    case '\n':
      return make_escape(1, "\\n");
    case '\r':
      return make_escape(1, "\\r");
    case '\t':
      return make_escape(1, "\\t");
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(rest.front());
  if (byte < 0x20) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const std::array<char, 6> code{'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 15U]};
    return make_escape(1, std::string_view(code.data(), code.size()));
  }
  const std::size_t length = runtime_api::utf8_sequence(rest);
  return length == 0 ? make_escape(1, kReplacement) : make_escape(length, rest.substr(0, length));
}

int as_signed(char byte) {
  return static_cast<signed char>(byte);
}

}  // namespace

std::size_t number_size(std::int64_t value) {
  std::size_t size = value < 0 ? 2 : 1;
  auto magnitude =
      value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  for (; magnitude >= 10'000; magnitude /= 10'000) size += 4;
  if (magnitude >= 1'000) return size + 3;
  if (magnitude >= 100) return size + 2;
  if (magnitude >= 10) return size + 1;
  return size;
}

std::size_t escaped_size(std::string_view text) {
  std::size_t size = 0;
  while (!text.empty()) {
    if (is_plain(text.front())) {
      size += 1;
      text.remove_prefix(1);
      continue;
    }
    const Escape escape = escape_first(text);
    size += escape.size;
    text.remove_prefix(escape.consumed);
  }
  return size;
}

std::size_t signed_bytes_size(std::string_view data) {
  std::size_t size = data.empty() ? 0 : data.size() - 1;  // commas
  for (char byte : data) size += number_size(as_signed(byte));
  return size;
}

char* JsonWriter::room_for(std::size_t bytes) {
  if (kBufferBytes - used_ < bytes) flush();
  return buffer_.data() + used_;
}

void JsonWriter::flush() {
  out_.append(buffer_.data(), used_);
  used_ = 0;
}

void JsonWriter::raw(std::string_view text) {
  if (text.size() > kBufferBytes) {
    flush();
    out_.append(text);
    return;
  }
  std::memcpy(room_for(text.size()), text.data(), text.size());
  used_ += text.size();
}

void JsonWriter::number(std::int64_t value) {
  char* begin = room_for(kNumberBytesMax);
  const auto end = std::to_chars(begin, begin + kNumberBytesMax, value).ptr;
  used_ += static_cast<std::size_t>(end - begin);
}

void JsonWriter::base64(std::string_view data) {
  // Pieces of whole groups of three bytes: padding may stand at the very end only.
  constexpr std::size_t kGroupBytes = 3;
  while (!data.empty()) {
    char* begin = room_for(std::min<std::size_t>(base64_size(data.size()), 1024));
    const std::size_t fits = (kBufferBytes - used_) / 4 * kGroupBytes;
    const auto piece = data.substr(0, fits);
    base64_encode(piece, begin);
    used_ += base64_size(piece.size());
    data.remove_prefix(piece.size());
  }
}

void JsonWriter::escaped(std::string_view text) {
  while (!text.empty()) {
    const auto plain_end = std::find_if_not(text.begin(), text.end(), is_plain);
    const auto plain = static_cast<std::size_t>(plain_end - text.begin());
    raw(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const Escape escape = escape_first(text);
    raw(std::string_view(escape.text.data(), escape.size));
    text.remove_prefix(escape.consumed);
  }
}

void JsonWriter::signed_bytes(std::string_view data) {
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (i > 0) raw(",");
    number(as_signed(data[i]));
  }
}

}  // namespace emulator
