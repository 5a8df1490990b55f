#include "emulator/schema/avro_decoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "emulator/esm/json_writer.h"
#include "emulator/schema/decimal.h"
#include "emulator/schema/json_number.h"
#include "emulator/schema/uuid_text.h"
#include "emulator/schema/value_path.h"

namespace emulator {
namespace {

using Kind = AvroType::Kind;
using Logical = AvroType::Logical;

// Readers of JSON refuse integers of more than 64 bits, and numbers that are too large for a
// double.
constexpr std::size_t kInt64Digits = std::numeric_limits<std::int64_t>::digits10;
constexpr std::size_t kDoubleDigitsMax = std::numeric_limits<double>::max_exponent10;

class AvroDecoder {
 public:
  AvroDecoder(std::string_view payload, std::string& json)
      : rest_(payload), json_(json), begin_(json.size()), writer_(json) {}

  void decode(const AvroType& type) {
    value(type);
    writer_.flush();
    check_size();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw DecodeError(path_.text() + ": " + what);
  }
  [[noreturn]] void fail_short() const { fail("the record ends within the value"); }

  void check_size() const {
    if (json_.size() - begin_ > kDecodedBytesMax) fail("the value's JSON is longer than 32 MiB");
  }

  std::int64_t varint() {
    std::uint64_t bits = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) fail_short();
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      bits |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) {
        if (shift == 63 && byte > 1) break;
        return static_cast<std::int64_t>(bits >> 1U) ^ -static_cast<std::int64_t>(bits & 1U);
      }
    }
    fail("a number has more than 64 bits");
  }

  std::string_view take(std::size_t bytes) {
    if (bytes > rest_.size()) fail_short();
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

  std::string_view sized() {
    const std::int64_t size = varint();
    if (size < 0) fail("a length is negative");
    return take(static_cast<std::size_t>(size));
  }

  template <class Number>
  Number little_endian() {
    const std::string_view bytes = take(sizeof(Number));
    std::array<unsigned char, sizeof(Number)> ordered;
    std::memcpy(ordered.data(), bytes.data(), sizeof(Number));
    if constexpr (std::endian::native == std::endian::big)
      std::reverse(ordered.begin(), ordered.end());
    return std::bit_cast<Number>(ordered);
  }

  void value(const AvroType& type) {
    switch (type.kind) {
      case Kind::Null:
        return writer_.raw("null");
      case Kind::Boolean:
        return writer_.raw(boolean() ? "true" : "false");
      case Kind::Int:
        return writer_.number(int_value());
      case Kind::Long:
        return writer_.number(varint());
      case Kind::Float:
        return write_json_number(writer_, little_endian<float>());
      case Kind::Double:
        return write_json_number(writer_, little_endian<double>());
      case Kind::Bytes:
        return bytes(type, sized());
      case Kind::Fixed:
        return bytes(type, take(type.size));
      case Kind::String:
        return text(sized());
      case Kind::Enum:
        return writer_.raw(type.symbols[index(type.symbols.size(), "symbols")].json);
      case Kind::Union:
        return value(*type.branches[index(type.branches.size(), "branches")]);
      case Kind::Record:
        return record(type);
      case Kind::Array:
      case Kind::Map:
        return blocks(type);
    }
  }

  bool boolean() {
    const char byte = take(1).front();
    if (byte != 0 && byte != 1) fail("a boolean is neither 0 nor 1");
    return byte == 1;
  }

  std::int64_t int_value() {
    const std::int64_t number = varint();
    if (number < std::numeric_limits<std::int32_t>::min() ||
        number > std::numeric_limits<std::int32_t>::max())
      fail("an int has more than 32 bits");
    return number;
  }

  std::size_t index(std::size_t count, const char* what) {
    const std::int64_t number = varint();
    if (number < 0 || static_cast<std::uint64_t>(number) >= count)
      fail("number " + std::to_string(number) + " of " + std::to_string(count) + " " + what);
    return static_cast<std::size_t>(number);
  }

  void text(std::string_view text) {
    writer_.raw("\"");
    writer_.escaped(text);
    writer_.raw("\"");
  }

  void bytes(const AvroType& type, std::string_view data) {
    switch (type.logical) {
      case Logical::None:
        return latin1(data);
      case Logical::Uuid:
        return text(uuid_text(data));
      case Logical::Duration:
        return duration(data);
      case Logical::Decimal:
        return decimal(data, type.scale);
      case Logical::BigDecimal: {
        const std::string_view outer = std::exchange(rest_, data);
        const std::string_view unscaled = sized();
        const std::int64_t scale = int_value();
        rest_ = outer;
        if (scale < -kDecimalScaleMax || scale > kDecimalScaleMax)
          fail("a decimal's scale is beyond " + std::to_string(kDecimalScaleMax));
        return decimal(unscaled, static_cast<int>(scale));
      }
    }
  }

  void decimal(std::string_view unscaled, int scale) {
    if (unscaled.size() > kDecimalBytesMax)
      fail("a decimal has more than " + std::to_string(kDecimalBytesMax) + " bytes");
    std::string text = decimal_text(unscaled, scale);
    const std::size_t sign = text.front() == '-' ? 1 : 0;
    const std::size_t point = text.find('.');
    const std::size_t digits = std::min(point, text.size()) - sign;
    if (point == std::string::npos && digits > kInt64Digits) text += ".0";
    if (digits > kDoubleDigitsMax) text = "\"" + text + "\"";
    writer_.raw(text);
  }

  // Each byte as the character of that number, as Avro's own JSON has it.
  void latin1(std::string_view data) {
    writer_.raw("\"");
    while (!data.empty()) {
      std::array<char, 512> piece;
      std::size_t size = 0;
      std::size_t taken = 0;
      while (taken < data.size() && size + 2 <= piece.size()) {
        const auto byte = static_cast<unsigned char>(data[taken++]);
        if (byte >= 0x80) piece[size++] = static_cast<char>(0xC0U | byte >> 6U);
        piece[size++] = static_cast<char>(byte >= 0x80 ? 0x80U | (byte & 0x3FU) : byte);
      }
      writer_.escaped({piece.data(), size});
      data.remove_prefix(taken);
    }
    writer_.raw("\"");
  }

  void duration(std::string_view data) {
    const std::string_view outer = std::exchange(rest_, data);
    writer_.raw(R"({"months":)");
    writer_.number(little_endian<std::uint32_t>());
    writer_.raw(R"(,"days":)");
    writer_.number(little_endian<std::uint32_t>());
    writer_.raw(R"(,"millis":)");
    writer_.number(little_endian<std::uint32_t>());
    writer_.raw("}");
    rest_ = outer;
  }

  void enter() {
    if (!path_.enter())
      fail("values are nested more than " + std::to_string(kValueDepthMax) + " levels deep");
    // A record of records of no bytes could be written for ever.
    check_size();
  }

  void record(const AvroType& type) {
    enter();
    std::string_view separator = "{";
    for (const AvroField& field : type.fields) {
      path_.at(field.name);
      writer_.raw(separator);
      writer_.raw(field.json_name);
      value(*field.type);
      separator = ",";
    }
    writer_.raw(type.fields.empty() ? "{}" : "}");
    path_.leave();
  }

  // Arrays and maps come in blocks: how many items, if negative also how many bytes; 0 ends them.
  void blocks(const AvroType& type) {
    const bool is_map = type.kind == Kind::Map;
    enter();
    writer_.raw(is_map ? "{" : "[");
    std::size_t item = 0;
    for (std::int64_t count = varint(); count != 0; count = varint()) {
      if (count < 0) {
        if (count == std::numeric_limits<std::int64_t>::min()) fail("a block's count is too large");
        count = -count;
        varint();
      }
      for (; count > 0; --count) {
        if (item > 0) writer_.raw(",");
        path_.at(item++);
        if (is_map) {
          const std::string_view key = sized();
          path_.at(key);
          text(key);
          writer_.raw(":");
        }
        value(*type.element);
        check_size();
      }
    }
    writer_.raw(is_map ? "}" : "]");
    path_.leave();
  }

  std::string_view rest_;
  std::string& json_;
  const std::size_t begin_;  // of the value in json_
  JsonWriter writer_;
  ValuePath path_;
};

}  // namespace

void decode_avro(const AvroType& type, std::string_view payload, std::string& json) {
  AvroDecoder(payload, json).decode(type);
}

}  // namespace emulator
