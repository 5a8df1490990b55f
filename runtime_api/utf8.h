// Which bytes are UTF-8. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace runtime_api {

// Length of the sequence of two to four bytes at the start, 0 if it is none (The Unicode Standard,
// table 3-7). Inline: it stands in the loops that write events and log lines.
inline std::size_t utf8_sequence(std::string_view text) {
  const auto byte_at = [text](std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
  };
  const auto in_range = [](unsigned byte, unsigned low, unsigned high) {
    return byte >= low && byte <= high;
  };
  const unsigned first = byte_at(0);
  const unsigned second = byte_at(1);
  const bool third_fits = in_range(byte_at(2), 0x80, 0xBF);
  if (in_range(first, 0xC2, 0xDF)) return in_range(second, 0x80, 0xBF) ? 2 : 0;
  if (in_range(first, 0xE0, 0xEF)) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return in_range(second, low, high) && third_fits ? 3 : 0;
  }
  if (in_range(first, 0xF0, 0xF4)) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    const bool fourth_fits = in_range(byte_at(3), 0x80, 0xBF);
    return in_range(second, low, high) && third_fits && fourth_fits ? 4 : 0;
  }
  return 0;
}

}  // namespace runtime_api
