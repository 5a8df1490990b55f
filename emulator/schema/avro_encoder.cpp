#include "emulator/schema/avro_encoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "emulator/schema/decimal.h"
#include "emulator/schema/uuid_text.h"
#include "emulator/schema/value_path.h"

namespace emulator {
namespace {

using Json = nlohmann::json;
using Kind = AvroType::Kind;
using Logical = AvroType::Logical;

// Doubles hold every integer up to here.
constexpr double kExactIntegerMax = 9'007'199'254'740'992.0;
// A double holds every decimal of as many digits.
constexpr std::size_t kExactDigits = std::numeric_limits<double>::digits10;

std::optional<std::int64_t> integer_of(const Json& json) {
  if (json.is_number_unsigned()) {
    const auto number = json.get<std::uint64_t>();
    if (number > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (!json.is_number_float()) return std::nullopt;
  const auto number = json.get<double>();
  if (std::abs(number) > kExactIntegerMax || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<double> number_of(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (!json.is_string()) return std::nullopt;
  const auto& text = json.get_ref<const std::string&>();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

// The digits that were written; nullopt: no number, or one whose last digits are lost.
std::optional<std::string> decimal_text_of(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number_integer()) return json.dump();
  if (!json.is_number_float()) return std::nullopt;
  const auto number = json.get<double>();
  if (std::abs(number) > kExactIntegerMax) return std::nullopt;
  std::array<char, 400> buffer;  // the smallest double has 325 zeros
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  std::string text(buffer.data(), end);
  const auto digits =
      std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (static_cast<std::size_t>(digits) > kExactDigits && number != std::trunc(number))
    return std::nullopt;
  return text;
}

// Characters up to U+00FF as the bytes of these numbers.
std::optional<std::string> latin1_bytes(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      bytes += text[i];
    } else if ((byte == 0xC2 || byte == 0xC3) && i + 1 < text.size()) {
      bytes +=
          static_cast<char>((byte & 3U) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3FU));
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

class AvroEncoder {
 public:
  std::string take() { return std::move(out_); }

  void value(const AvroType& type, const Json& json) {
    switch (type.kind) {
      case Kind::Null:
        return json.is_null() ? void() : fail_type(type, json);
      case Kind::Boolean:
        if (!json.is_boolean()) fail_type(type, json);
        out_ += json.get<bool>() ? '\1' : '\0';
        return;
      case Kind::Int:
      case Kind::Long:
        return integer(type, json);
      case Kind::Float:
      case Kind::Double:
        return floating(type, json);
      case Kind::Bytes:
      case Kind::Fixed:
        return bytes(type, json);
      case Kind::String:
        if (!json.is_string()) fail_type(type, json);
        return sized(json.get_ref<const std::string&>());
      case Kind::Enum:
        return symbol(type, json);
      case Kind::Union:
        return branch(type, json);
      case Kind::Record:
        return record(type, json);
      case Kind::Array:
        return array(type, json);
      case Kind::Map:
        return map(type, json);
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw EncodeError(path_.text() + ": " + what);
  }
  [[noreturn]] void fail_type(const AvroType& type, const Json& json) const {
    fail("the schema asks for " + type.name + ", not for " + json.type_name());
  }

  void varint(std::int64_t number) {
    auto bits = static_cast<std::uint64_t>(number) << 1U ^ static_cast<std::uint64_t>(number >> 63);
    for (; bits >= 0x80; bits >>= 7U) out_ += static_cast<char>(0x80U | (bits & 0x7FU));
    out_ += static_cast<char>(bits);
  }

  void sized(std::string_view data) {
    varint(static_cast<std::int64_t>(data.size()));
    out_ += data;
  }

  template <class Number>
  void little_endian(Number number) {
    auto bytes = std::bit_cast<std::array<char, sizeof(Number)>>(number);
    if constexpr (std::endian::native == std::endian::big) std::reverse(bytes.begin(), bytes.end());
    out_.append(bytes.data(), bytes.size());
  }

  void integer(const AvroType& type, const Json& json) {
    const auto number = integer_of(json);
    if (!number) fail_type(type, json);
    if (type.kind == Kind::Int && (*number < std::numeric_limits<std::int32_t>::min() ||
                                   *number > std::numeric_limits<std::int32_t>::max()))
      fail("an int has no more than 32 bits");
    varint(*number);
  }

  void floating(const AvroType& type, const Json& json) {
    const auto number = number_of(json);
    if (!number) fail_type(type, json);
    if (type.kind == Kind::Double) return little_endian(*number);
    if (std::isfinite(*number) && std::abs(*number) > std::numeric_limits<float>::max())
      fail("a float holds no number as large");
    little_endian(static_cast<float>(*number));
  }

  void bytes(const AvroType& type, const Json& json) {
    std::string data;
    switch (type.logical) {
      case Logical::None: {
        if (!json.is_string()) fail_type(type, json);
        auto latin1 = latin1_bytes(json.get_ref<const std::string&>());
        if (!latin1) fail("a character of bytes is beyond U+00FF");
        data = *std::move(latin1);
        break;
      }
      case Logical::Uuid: {
        auto uuid =
            json.is_string() ? uuid_bytes(json.get_ref<const std::string&>()) : std::nullopt;
        if (!uuid) fail("the schema asks for a UUID");
        data = *std::move(uuid);
        break;
      }
      case Logical::Duration:
        data = duration(json);
        break;
      case Logical::Decimal:
        data = decimal(type, json);
        break;
      case Logical::BigDecimal:
        data = big_decimal(json);
        break;
    }
    if (type.kind == Kind::Bytes) return sized(data);
    if (data.size() != type.size)
      fail(type.name + " has " + std::to_string(type.size) + " bytes, not " +
           std::to_string(data.size()));
    out_ += data;
  }

  std::string duration(const Json& json) {
    AvroEncoder numbers;
    for (const char* name : {"months", "days", "millis"}) {
      const auto member = json.is_object() ? json.find(name) : json.end();
      const auto number =
          json.is_object() && member != json.end() ? integer_of(*member) : std::nullopt;
      if (!number || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max())
        fail(R"(the schema asks for a duration: {"months": 0, "days": 0, "millis": 0})");
      numbers.little_endian(static_cast<std::uint32_t>(*number));
    }
    return numbers.take();
  }

  std::string decimal_digits(const Json& json) {
    if (!json.is_string() && !json.is_number()) fail("the schema asks for a decimal");
    auto text = decimal_text_of(json);
    if (!text) fail("the number has too many digits for a JSON number: write it as a string");
    return *std::move(text);
  }

  std::string decimal(const AvroType& type, const Json& json) {
    const std::string text = decimal_digits(json);
    auto number = parse_decimal(text, type.scale);
    if (!number)
      fail("\"" + text + "\" is no decimal with " + std::to_string(type.scale) +
           " digits after the point");
    if (number->digits > static_cast<std::size_t>(type.precision))
      fail(text + " has more than " + std::to_string(type.precision) + " digits");
    if (type.kind == Kind::Fixed && number->unscaled.size() < type.size) {
      const bool negative = (static_cast<unsigned char>(number->unscaled.front()) & 0x80U) != 0;
      number->unscaled.insert(0, type.size - number->unscaled.size(), negative ? '\xFF' : '\0');
    }
    return std::move(number->unscaled);
  }

  std::string big_decimal(const Json& json) {
    const std::string text = decimal_digits(json);
    const std::size_t point = text.find('.');
    const std::size_t scale = point == std::string::npos ? 0 : text.size() - point - 1;
    const auto number = scale <= static_cast<std::size_t>(kDecimalScaleMax)
                            ? parse_decimal(text, static_cast<int>(scale))
                            : std::nullopt;
    if (!number) fail("\"" + text + "\" is no decimal");
    AvroEncoder inside;
    inside.sized(number->unscaled);
    inside.varint(static_cast<std::int64_t>(scale));
    return inside.take();
  }

  void symbol(const AvroType& type, const Json& json) {
    if (!json.is_string()) fail_type(type, json);
    const auto& name = json.get_ref<const std::string&>();
    const auto found = std::find_if(type.symbols.begin(), type.symbols.end(),
                                    [&](const AvroSymbol& one) { return one.name == name; });
    if (found == type.symbols.end()) fail(type.name + " has no symbol \"" + name + "\"");
    varint(found - type.symbols.begin());
  }

  void enter() {
    if (!path_.enter())
      fail("values are nested more than " + std::to_string(kValueDepthMax) + " levels deep");
  }

  // True: written, or, when it does not fit, nothing is.
  bool try_branch(const AvroType& type, std::size_t number, const Json& json) {
    const std::size_t size = out_.size();
    const ValuePath path = path_;
    try {
      varint(static_cast<std::int64_t>(number));
      value(*type.branches[number], json);
      return true;
    } catch (const EncodeError&) {
      if (++misfits_ > kMisfitsMax) throw;
      out_.resize(size);
      path_ = path;
      return false;
    }
  }

  void branch(const AvroType& type, const Json& json) {
    for (std::size_t i = 0; i < type.branches.size(); ++i) {
      if (try_branch(type, i, json)) return;
    }
    if (json.is_object() && json.size() == 1) {
      for (std::size_t i = 0; i < type.branches.size(); ++i) {
        if (type.branches[i]->name != json.begin().key()) continue;
        varint(static_cast<std::int64_t>(i));
        return value(*type.branches[i], json.begin().value());
      }
    }
    std::string names;
    for (const AvroType* one : type.branches) names += (names.empty() ? "" : ", ") + one->name;
    fail("the value fits none of the union's types: " + names);
  }

  void record(const AvroType& type, const Json& json) {
    if (!json.is_object()) fail_type(type, json);
    for (const auto& [name, member] : json.items()) {
      if (std::none_of(type.fields.begin(), type.fields.end(),
                       [&known = name](const AvroField& field) { return field.name == known; }))
        fail(type.name + " has no field \"" + name + "\"");
    }
    enter();
    for (const AvroField& field : type.fields) {
      path_.at(field.name);
      const auto member = json.find(field.name);
      if (member == json.end() && !field.default_value)
        fail("is missing, and the schema has no default for it");
      value(*field.type, member == json.end() ? *field.default_value : *member);
    }
    path_.leave();
  }

  void array(const AvroType& type, const Json& json) {
    if (!json.is_array()) fail_type(type, json);
    enter();
    if (!json.empty()) varint(static_cast<std::int64_t>(json.size()));
    for (std::size_t i = 0; i < json.size(); ++i) {
      path_.at(i);
      value(*type.element, json[i]);
    }
    varint(0);
    path_.leave();
  }

  void map(const AvroType& type, const Json& json) {
    if (!json.is_object()) fail_type(type, json);
    enter();
    if (!json.empty()) varint(static_cast<std::int64_t>(json.size()));
    for (auto member = json.begin(); member != json.end(); ++member) {
      path_.at(member.key());
      sized(member.key());
      value(*type.element, member.value());
    }
    varint(0);
    path_.leave();
  }

  // Unions within unions could be tried for longer than anybody waits.
  static constexpr std::size_t kMisfitsMax = 100'000;

  std::string out_;
  ValuePath path_;
  std::size_t misfits_ = 0;
};

}  // namespace

std::string encode_avro(const AvroType& type, const nlohmann::json& value) {
  AvroEncoder encoder;
  encoder.value(type, value);
  return encoder.take();
}

}  // namespace emulator
