#include "emulator/esm/letter_case.h"

#include <locale.h>
#include <wctype.h>

#include <cstddef>

namespace emulator {
namespace {

// The C library's tables of Unicode, whatever locale the user has. Lives as long as the program.
locale_t unicode_locale() {
  static const locale_t locale = [] {
    for (const char* name : {"C.UTF-8", "en_US.UTF-8", "C"}) {
      const locale_t made = ::newlocale(LC_CTYPE_MASK, name, nullptr);
      if (made != nullptr) return made;
    }
    return locale_t{};
  }();
  return locale;
}

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80;
}

// Takes the first code point off `text`, which is not empty. A byte that belongs to none counts as
// itself.
char32_t take(std::string_view& text) {
  std::size_t size = 1;
  const auto lead = static_cast<unsigned char>(text[0]);
  char32_t point = lead;
  if (lead >= 0xc0) {
    point = lead & (lead >= 0xf0 ? 0x07U : lead >= 0xe0 ? 0x0fU : 0x1fU);
    const std::size_t expected = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    for (; size < expected && size < text.size() && continues(text[size]); ++size) {
      point = point << 6U | (static_cast<unsigned char>(text[size]) & 0x3fU);
    }
  }
  text.remove_prefix(size);
  return point;
}

char32_t folded(char32_t point) {
  if (point < 0x80) return point >= U'A' && point <= U'Z' ? point + 32 : point;
  const auto letter = static_cast<wint_t>(point);
  return static_cast<char32_t>(
      ::towlower_l(::towupper_l(letter, unicode_locale()), unicode_locale()));
}

std::size_t count_points(std::string_view text) {
  std::size_t points = 0;
  for (; !text.empty(); ++points) take(text);
  return points;
}

}  // namespace

bool starts_ignoring_case(std::string_view text, std::string_view prefix) {
  while (!prefix.empty()) {
    if (text.empty() || folded(take(text)) != folded(take(prefix))) return false;
  }
  return true;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (folded(take(a)) != folded(take(b))) return false;
  }
  return a.empty() && b.empty();
}

bool ends_ignoring_case(std::string_view text, std::string_view suffix) {
  const std::size_t points = count_points(text);
  const std::size_t suffix_points = count_points(suffix);
  if (suffix_points > points) return false;
  for (std::size_t skipped = points - suffix_points; skipped > 0; --skipped) take(text);
  return equals_ignoring_case(text, suffix);
}

}  // namespace emulator
