#include "emulator/esm/filter_operators.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "emulator/esm/filter.h"

namespace emulator {
namespace {

[[noreturn]] void refuse(const std::string& reason) {
  throw FilterPatternError(reason);
}

// The only member of a match expression: operator and operand.
std::pair<const std::string&, const PatternJson&> only_member(const PatternJson& expression) {
  if (expression.empty()) refuse("Match expression name not found");
  if (expression.size() > 1) refuse("Only one key allowed in match expression");
  const auto member = expression.begin();
  return {member.key(), member.value()};
}

const std::string& string_operand(const PatternJson& operand, std::string_view name) {
  if (!operand.is_string()) refuse(std::string(name) + " match pattern must be a string");
  return operand.get_ref<const std::string&>();
}

FilterNumber number(const PatternJson& json) {
  if (json.is_number_float()) return filter_number(json.get<double>());
  if (json.is_number_unsigned() &&
      json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return filter_number(json.get<double>());
  }
  return filter_number(json.get<std::int64_t>());
}

FilterNumber bounded_number(const PatternJson& json) {
  const FilterNumber value = number(json);
  if (value.real < -kNumericMax || value.real > kNumericMax) {
    refuse("Value must be between -5.0E9 and 5.0E9, inclusive");
  }
  return value;
}

Equals equals(const PatternJson& literal) {
  Equals test;
  switch (literal.type()) {
    case PatternJson::value_t::null:
      break;
    case PatternJson::value_t::boolean:
      test.value.kind = literal.get<bool>() ? ScalarKind::True : ScalarKind::False;
      break;
    case PatternJson::value_t::string:
      test.value.kind = ScalarKind::String;
      test.text = literal.get<std::string>();
      break;
    default:
      if (!literal.is_number()) refuse("Match value must be String, number, true, false, or null");
      test.value.kind = ScalarKind::Number;
      test.value.number = number(literal);
  }
  return test;
}

Wildcard wildcard(const PatternJson& operand) {
  const std::string& text = string_operand(operand, "wildcard");
  Wildcard test;
  test.pieces.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      if (text.substr(i + 1, 1) == "*") {
        refuse("Consecutive wildcard characters at pos " + std::to_string(i + 1));
      }
      test.pieces.emplace_back();
    } else if (text[i] != '\\') {
      test.pieces.back() += text[i];
    } else if (i + 1 < text.size() && (text[i + 1] == '*' || text[i + 1] == '\\')) {
      test.pieces.back() += text[++i];
    } else {
      refuse("Invalid escape character at pos " + std::to_string(i + 1));
    }
  }
  return test;
}

Cidr cidr(const PatternJson& operand) {
  const std::string& text = string_operand(operand, "cidr");
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos || text.find('/', slash + 1) != std::string::npos) {
    refuse("Malformed CIDR, one '/' required");
  }
  Cidr test;
  test.address_bytes = parse_ip(text.substr(0, slash), test.network);
  if (test.address_bytes == 0) refuse("Nonstandard IP address: " + text.substr(0, slash));
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, test.prefix_bits);
  if (error != std::errc{} || stop != end) refuse("Malformed CIDR, mask bits must be an integer");
  // aws/event-ruler CIDR.java: a mask of all bits is refused too.
  if (test.prefix_bits >= test.address_bytes * 8) {
    refuse(test.address_bytes == 4 ? "IPv4 mask bits must be < 32"
                                   : "IPv6 mask bits must be < 128");
  }
  return test;
}

// ["=", 1], ["<", 1], [">", 0, "<=", 5]: an upper bound may follow a lower one, nothing else.
NumericRange numeric_range(const PatternJson& operand) {
  if (!operand.is_array()) refuse("Value of numeric must be an array.");
  NumericRange range;
  for (std::size_t i = 0; i < operand.size(); i += 2) {
    if (!operand[i].is_string()) refuse("Invalid member in numeric match: " + operand[i].dump());
    const auto& sign = operand[i].get_ref<const std::string&>();
    const bool upper = sign == "<" || sign == "<=";
    const bool lower = sign == ">" || sign == ">=";
    if (!upper && !lower && sign != "=") refuse("Unrecognized numeric range operator: " + sign);
    if (i > 0 && range.high_bound != Bound::None) refuse("Too many elements in numeric expression");
    if (i > 0 && !upper) refuse("Bad numeric range operator: " + sign);
    if (i + 1 == operand.size() || !operand[i + 1].is_number()) {
      refuse("Value of " + (sign == "=" ? "equals" : sign) + " must be numeric");
    }
    const FilterNumber value = bounded_number(operand[i + 1]);
    const Bound bound = sign == "<" || sign == ">" ? Bound::Open : Bound::Closed;
    if (!upper) range.low = value, range.low_bound = bound;
    if (!lower) range.high = value, range.high_bound = bound;
  }
  if (operand.empty()) refuse("Invalid member in numeric match: ]");
  if (operand.size() == 4 && compare(range.low, range.high) >= 0) {
    refuse("Bottom must be less than top");
  }
  return range;
}

// "x" or {"equals-ignore-case": "x"}
std::pair<std::string, LetterCase> end_of_text(const PatternJson& operand,
                                               const std::string& name) {
  if (!operand.is_object()) return {string_operand(operand, name), LetterCase::Exact};
  const auto [inner, text] = only_member(operand);
  if (inner != "equals-ignore-case") refuse("Unsupported " + name + " pattern: " + inner);
  return {string_operand(text, inner), LetterCase::Ignored};
}

// The operands of anything-but, single or a list.
std::vector<PatternJson> operands(const PatternJson& operand) {
  if (operand.is_array()) {
    if (operand.empty()) refuse("Empty arrays are not allowed");
    return {operand.begin(), operand.end()};
  }
  if (!operand.is_string() && !operand.is_number()) {
    refuse("Value of anything-but must be an array or single string/number value.");
  }
  return {operand};
}

LeafTest text_test_in_anything_but(const std::string& name, const PatternJson& operand) {
  if (name == "equals-ignore-case") {
    if (!operand.is_string()) {
      refuse(
          "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not "
          "supported.");
    }
    return EqualsIgnoringCase{operand.get<std::string>()};
  }
  if (name == "wildcard") return wildcard(operand);
  if (name != "prefix" && name != "suffix") refuse("Unsupported anything-but pattern: " + name);
  const std::string& text = string_operand(operand, "prefix/suffix");
  if (text.empty()) refuse("Null prefix/suffix not allowed");
  if (name == "prefix") return Prefix{text, LetterCase::Exact};
  return Suffix{text, LetterCase::Exact};
}

// What EventBridge's page gives to event buses but not to pipes, whose list is Lambda's
// (an inference).
void refuse_under_strict(const std::string& name, Strictness strictness) {
  if (strictness == Strictness::Strict) {
    refuse(name + " is an operator of event buses, not of Lambda's filters (--strict)");
  }
}

Matcher anything_but(const PatternJson& operand, Strictness strictness) {
  Matcher matcher;
  matcher.anything_but = true;
  if (operand.is_object()) {
    const auto [name, texts] = only_member(operand);
    for (const PatternJson& each : operands(texts)) {
      matcher.tests.push_back(text_test_in_anything_but(name, each));
    }
    refuse_under_strict("anything-but/" + name, strictness);
    return matcher;
  }
  bool has_strings = false;
  bool has_numbers = false;
  for (const PatternJson& each : operands(operand)) {
    if (!each.is_string() && !each.is_number()) {
      refuse("Inside anything but list, start|null|boolean is not supported.");
    }
    if (each.is_number()) bounded_number(each);
    (each.is_string() ? has_strings : has_numbers) = true;
    matcher.tests.emplace_back(equals(each));
  }
  if (has_strings && has_numbers) {
    refuse(
        "Inside anything but list, either all values are number or string, mixed type is not "
        "supported");
  }
  return matcher;
}

LeafTest leaf_test(const std::string& name, const PatternJson& operand, Strictness strictness) {
  if (name == "equals-ignore-case") return EqualsIgnoringCase{string_operand(operand, name)};
  if (name == "numeric") return numeric_range(operand);
  if (name == "exists") return Exists{};  // true: is_absence() has taken false
  if (name == "prefix" || name == "suffix") {
    auto [text, letter_case] = end_of_text(operand, name);
    if (name == "prefix") return Prefix{std::move(text), letter_case};
    return Suffix{std::move(text), letter_case};
  }
  if (name == "wildcard" || name == "cidr") {
    LeafTest test = name == "cidr" ? LeafTest(cidr(operand)) : LeafTest(wildcard(operand));
    refuse_under_strict(name, strictness);
    return test;
  }
  refuse("Unrecognized match type " + name);
}

}  // namespace

bool is_absence(const PatternJson& element) {
  if (!element.is_object()) return false;
  const auto [name, operand] = only_member(element);
  if (name != "exists") return false;
  if (!operand.is_boolean()) refuse("exists match pattern must be either true or false.");
  return !operand.get<bool>();
}

Matcher compile_matcher(const PatternJson& element, Strictness strictness) {
  Matcher matcher;
  if (!element.is_object()) {
    matcher.tests.emplace_back(equals(element));
    return matcher;
  }
  const auto [name, operand] = only_member(element);
  if (name == "anything-but") return anything_but(operand, strictness);
  matcher.tests.push_back(leaf_test(name, operand, strictness));
  return matcher;
}

}  // namespace emulator
