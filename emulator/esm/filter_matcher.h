// One leaf value of a record, and the operators of FilterCriteria that look at one: pure functions
// of both. Made by filter_pattern when a mapping is made; used by filter_match for each record.
// Semantics: docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html;
// "recorded": the answers of EventBridge's TestEventPattern in LocalStack's
// test_events_patterns.snapshot.json.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace emulator {

// Numbers are compared by value, 300 equals 3.0e2 (recorded, against what the page says). Integers
// of 64 bits exactly, all others as doubles.
struct FilterNumber {
  double real = 0;
  std::int64_t integer = 0;
  bool is_integer = false;
};
inline FilterNumber filter_number(std::int64_t value) {
  return {static_cast<double>(value), value, true};
}
inline FilterNumber filter_number(double value) {
  return {value, 0, false};
}
int compare(const FilterNumber& a, const FilterNumber& b);  // <0, 0, >0

enum class ScalarKind : std::uint8_t { Null, False, True, Number, String };

struct FilterScalar {
  ScalarKind kind = ScalarKind::Null;
  FilterNumber number;
  std::string_view text;  // of a String: memory of the record or of its parsed form
};

enum class LetterCase { Exact, Ignored };

// `"a"`, `1`, `true`, `null`
struct Equals {
  FilterScalar value;
  std::string text;  // a String's own; value.text is not used
};
struct EqualsIgnoringCase {
  std::string text;
};
struct Prefix {
  std::string text;
  LetterCase letter_case;
};
struct Suffix {
  std::string text;
  LetterCase letter_case;
};
// The pieces between asterisks: a value begins with the first, ends with the last, and has the
// others between them in order. A single piece is the whole value.
struct Wildcard {
  std::vector<std::string> pieces;
};
enum class Bound { None, Open, Closed };
struct NumericRange {
  FilterNumber low, high;
  Bound low_bound = Bound::None, high_bound = Bound::None;
};
struct Cidr {
  std::array<unsigned char, 16> network{};
  std::size_t address_bytes = 4;  // 4 or 16
  std::size_t prefix_bits = 0;
};
struct Exists {};  // true of every leaf

using LeafTest =
    std::variant<Equals, EqualsIgnoringCase, Prefix, Suffix, Wildcard, NumericRange, Cidr, Exists>;

// One element of a pattern's array.
struct Matcher {
  std::vector<LeafTest> tests;  // any of them
  bool anything_but = false;    // none of them

  bool matches(const FilterScalar& value) const;
};

// Numeric matching knows these values only; one outside matches no range
// (eb-create-pattern-operators.html; aws/event-ruler README.md).
inline constexpr double kNumericMax = 5e9;

// 4 or 16 bytes into `address`; 0: not the text of an IP address.
std::size_t parse_ip(std::string_view text, std::array<unsigned char, 16>& address);

}  // namespace emulator
