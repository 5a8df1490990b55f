#include "emulator/control/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace emulator {
namespace {

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};

PCRE2_SPTR units_of(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

}  // namespace

bool matches_pattern(std::string_view text, std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE where = 0;
  constexpr std::uint32_t kWhole = PCRE2_ANCHORED | PCRE2_ENDANCHORED;
  const std::unique_ptr<pcre2_code, FreeCode> code(
      pcre2_compile(units_of(pattern), pattern.size(), kWhole | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF,
                    &error, &where, nullptr));
  if (code == nullptr) {
    throw std::logic_error("not a pattern, at character " + std::to_string(where) + ": " +
                           std::string(pattern));
  }
  const std::unique_ptr<pcre2_match_data, FreeMatch> match(
      pcre2_match_data_create_from_pattern(code.get(), nullptr));
  return pcre2_match(code.get(), units_of(text), text.size(), 0, 0, match.get(), nullptr) >= 0;
}

}  // namespace emulator
