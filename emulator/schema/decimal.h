// Decimal numbers of any length: Avro's two's complement bytes and their text. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace emulator {

inline constexpr std::size_t kDecimalBytesMax = 1'024;  // about 2 460 digits
inline constexpr int kDecimalScaleMax = 2'460;          // of digits after the point, or of zeros

// `unscaled` is big-endian, at most kDecimalBytesMax; -kDecimalScaleMax <= scale <=
// kDecimalScaleMax. {0x04, 0xD2} with scale 2 is "12.34".
std::string decimal_text(std::string_view unscaled, int scale);

struct Decimal {
  std::string unscaled;    // big-endian two's complement, as few bytes as hold it
  std::size_t digits = 0;  // its precision
};
// "-12.3" with scale 2 is -1230; nullopt: no decimal number, more digits after the point than
// `scale`, or too long.
std::optional<Decimal> parse_decimal(std::string_view text, int scale);

}  // namespace emulator
