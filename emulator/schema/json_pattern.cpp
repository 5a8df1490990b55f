#include "emulator/schema/json_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstdint>
#include <string>

#include "emulator/schema/codec.h"

namespace emulator {
namespace {

constexpr std::uint32_t kMatchLimit = 1'000'000;
constexpr std::uint32_t kHeapLimitKiB = 20'000;

PCRE2_SPTR units_of(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};
struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

}  // namespace

class JsonPattern::Compiled {
 public:
  explicit Compiled(std::string_view pattern) : context_(pcre2_match_context_create(nullptr)) {
    // As ECMA-262 has it: \u0041, [^] for any character, $ at the very end only.
    constexpr std::uint32_t kOptions = PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |
                                       PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                                       PCRE2_NEVER_BACKSLASH_C;
    int error = 0;
    PCRE2_SIZE where = 0;
    code_.reset(
        pcre2_compile(units_of(pattern), pattern.size(), kOptions, &error, &where, nullptr));
    if (code_ == nullptr)
      throw SchemaError("\"" + std::string(pattern) + "\" is no regular expression (character " +
                        std::to_string(where) + ")");
    pcre2_set_match_limit(context_.get(), kMatchLimit);
    pcre2_set_heap_limit(context_.get(), kHeapLimitKiB);
  }

  int match(std::string_view text) const {
    const std::unique_ptr<pcre2_match_data, FreeMatch> match(
        pcre2_match_data_create_from_pattern(code_.get(), nullptr));
    return pcre2_match(code_.get(), units_of(text), text.size(), 0, 0, match.get(), context_.get());
  }

 private:
  std::unique_ptr<pcre2_code, FreeCode> code_;
  std::unique_ptr<pcre2_match_context, FreeContext> context_;
};

JsonPattern::JsonPattern(std::string_view pattern)
    : compiled_(std::make_unique<Compiled>(pattern)) {}
JsonPattern::~JsonPattern() = default;
JsonPattern::JsonPattern(JsonPattern&& other) noexcept = default;
JsonPattern& JsonPattern::operator=(JsonPattern&& other) noexcept = default;

bool JsonPattern::found_in(std::string_view text) const {
  const int result = compiled_->match(text);
  if (result < 0 && result != PCRE2_ERROR_NOMATCH)
    throw DecodeError("a regular expression of the schema takes too long");
  return result >= 0;
}

}  // namespace emulator
