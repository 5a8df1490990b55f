#include "emulator/schema/json_number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace emulator {
namespace {

template <class Number>
void write(JsonWriter& writer, Number number) {
  if (std::isnan(number)) return writer.raw(R"("NaN")");
  if (std::isinf(number)) return writer.raw(number > 0 ? R"("Infinity")" : R"("-Infinity")");
  std::array<char, 32> buffer;  // -2.2250738585072014e-308 has 24
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  writer.raw(text);
  if (text.find_first_of(".e") == std::string_view::npos) writer.raw(".0");
}

}  // namespace

void write_json_number(JsonWriter& writer, float number) {
  write(writer, number);
}

void write_json_number(JsonWriter& writer, double number) {
  write(writer, number);
}

}  // namespace emulator
