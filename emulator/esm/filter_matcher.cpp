#include "emulator/esm/filter_matcher.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "emulator/esm/letter_case.h"

namespace emulator {
namespace {

bool holds(const Equals& test, const FilterScalar& value) {
  if (test.value.kind != value.kind) return false;
  if (value.kind == ScalarKind::Number) return compare(test.value.number, value.number) == 0;
  return value.kind != ScalarKind::String || value.text == test.text;
}

bool holds(const EqualsIgnoringCase& test, const FilterScalar& value) {
  return value.kind == ScalarKind::String && equals_ignoring_case(value.text, test.text);
}

bool holds(const Prefix& test, const FilterScalar& value) {
  if (value.kind != ScalarKind::String) return false;
  return test.letter_case == LetterCase::Exact ? value.text.starts_with(test.text)
                                               : starts_ignoring_case(value.text, test.text);
}

bool holds(const Suffix& test, const FilterScalar& value) {
  if (value.kind != ScalarKind::String) return false;
  return test.letter_case == LetterCase::Exact ? value.text.ends_with(test.text)
                                               : ends_ignoring_case(value.text, test.text);
}

bool holds(const Wildcard& test, const FilterScalar& value) {
  if (value.kind != ScalarKind::String) return false;
  const std::string& first = test.pieces.front();
  const std::string& last = test.pieces.back();
  if (test.pieces.size() == 1) return value.text == first;
  if (value.text.size() < first.size() + last.size() || !value.text.starts_with(first) ||
      !value.text.ends_with(last)) {
    return false;
  }
  std::string_view between = value.text.substr(first.size());
  between.remove_suffix(last.size());
  for (std::size_t i = 1; i + 1 < test.pieces.size(); ++i) {
    const std::size_t at = between.find(test.pieces[i]);
    if (at == std::string_view::npos) return false;
    between.remove_prefix(at + test.pieces[i].size());
  }
  return true;
}

// A number only: the string "300" is none (recorded).
bool holds(const NumericRange& test, const FilterScalar& value) {
  if (value.kind != ScalarKind::Number || std::abs(value.number.real) > kNumericMax) return false;
  if (test.low_bound != Bound::None) {
    const int order = compare(value.number, test.low);
    if (order < 0 || (order == 0 && test.low_bound == Bound::Open)) return false;
  }
  if (test.high_bound != Bound::None) {
    const int order = compare(value.number, test.high);
    if (order > 0 || (order == 0 && test.high_bound == Bound::Open)) return false;
  }
  return true;
}

bool holds(const Cidr& test, const FilterScalar& value) {
  if (value.kind != ScalarKind::String) return false;
  std::array<unsigned char, 16> address{};
  if (parse_ip(value.text, address) != test.address_bytes) return false;
  const std::size_t whole_bytes = test.prefix_bits / 8;
  if (std::memcmp(address.data(), test.network.data(), whole_bytes) != 0) return false;
  const std::size_t bits = test.prefix_bits % 8;
  if (bits == 0) return true;
  const int mask = (0xff00 >> bits) & 0xff;
  return ((address[whole_bytes] ^ test.network[whole_bytes]) & mask) == 0;
}

bool holds(const Exists&, const FilterScalar&) {
  return true;
}

}  // namespace

int compare(const FilterNumber& a, const FilterNumber& b) {
  if (a.is_integer && b.is_integer) return a.integer < b.integer ? -1 : a.integer > b.integer;
  return a.real < b.real ? -1 : a.real > b.real;
}

// anything-but: null and values of other types match, a missing member does not, since this is
// only asked of a value that is there (recorded).
bool Matcher::matches(const FilterScalar& value) const {
  const bool any = std::any_of(tests.begin(), tests.end(), [&](const LeafTest& test) {
    return std::visit([&](const auto& kind) { return holds(kind, value); }, test);
  });
  return any != anything_but;
}

std::size_t parse_ip(std::string_view text, std::array<unsigned char, 16>& address) {
  std::array<char, INET6_ADDRSTRLEN> copy{};  // ended by a zero, as inet_pton wants it
  if (text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return 0;
  std::copy(text.begin(), text.end(), copy.begin());
  if (::inet_pton(AF_INET, copy.data(), address.data()) == 1) return 4;
  return ::inet_pton(AF_INET6, copy.data(), address.data()) == 1 ? 16 : 0;
}

}  // namespace emulator
