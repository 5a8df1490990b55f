// Random patterns against random records, both damaged at random: whatever they are, a filter
// refuses them or answers. Worth most under the asan preset. Seeded; a failure names its round.
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "emulator/esm/filter.h"
#include "tests/support/catch.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

class RandomTexts {
 public:
  explicit RandomTexts(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::string json(int depth) {
    const std::size_t kind = below(depth > 0 ? 8 : 6);
    if (kind < 6) return one_of(kScalars);
    const bool object = kind == 6;
    std::string text = object ? "{" : "[";
    for (std::size_t i = 0, size = below(5); i < size; ++i) {
      if (i > 0) text += ',';
      if (object) text += one_of(kNames) + ':';
      text += json(depth - 1);
    }
    return text + (object ? "}" : "]");
  }

  std::string pattern(int depth) {
    std::string text = "{";
    for (std::size_t i = 0, size = 1 + below(3); i < size; ++i) {
      if (i > 0) text += ',';
      if (depth > 0 && below(6) == 0) {
        text += R"("$or":[)" + pattern(depth - 1) + ',' + pattern(depth - 1) + ']';
      } else {
        text += one_of(kNames) + ':' + (depth > 0 && below(2) == 0 ? pattern(depth - 1) : leaf());
      }
    }
    return text + '}';
  }

  // Changes, removes, doubles or moves a few bytes.
  void damage(std::string& text) {
    for (std::size_t i = 0, times = below(4); i < times && !text.empty(); ++i) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(at, 1 + below(8));
          break;
        case 2:
          text.insert(at, text.substr(below(text.size()), below(40)));
          break;
        default:
          text.insert(at, one_of(kScalars));
      }
    }
  }

 private:
  using Words = std::vector<std::string>;

  const std::string& one_of(const Words& words) { return words[below(words.size())]; }

  std::string leaf() {
    std::string text = "[";
    for (std::size_t i = 0, size = 1 + below(3); i < size; ++i) {
      text += (i > 0 ? "," : "") + one_of(below(2) == 0 ? kScalars : kOperators);
    }
    return text + "]";
  }

  const Words kNames{R"("a")", R"("b")", R"("a.b")", R"("")", R"(".")", R"("value")", R"("é")"};
  const Words kScalars{"null",
                       "true",
                       "0",
                       "-1.5e3",
                       "300",
                       "5e9",
                       "9223372036854775808",
                       "1e-400",
                       R"("")",
                       R"("x")",
                       R"("xyX")",
                       R"("ÄÖ\u00df\ud83d\ude00")",
                       R"("10.0.0.1")",
                       R"("::1")"};
  const Words kOperators{R"({"prefix":"x"})",
                         R"({"suffix":{"equals-ignore-case":"X"}})",
                         R"({"prefix":{"equals-ignore-case":"äÖ"}})",
                         R"({"equals-ignore-case":"XYx"})",
                         R"({"anything-but":["x","y"]})",
                         R"({"anything-but":{"wildcard":"*y*"}})",
                         R"({"numeric":[">",-2,"<=",300]})",
                         R"({"exists":true})",
                         R"({"exists":false})",
                         R"({"wildcard":"x*\\**X"})",
                         R"({"cidr":"10.0.0.0/9"})",
                         R"({"cidr":"::/127"})"};
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("no pattern and no record brings a filter down") {
  constexpr int kRounds = 5'000;  // of four records each
  RandomTexts texts(20'240'101);
  int compiled = 0;
  int passed = 0;
  int dropped = 0;
  for (int round = 0; round < kRounds; ++round) {
    INFO("round " << round);
    std::vector<std::string> patterns;
    for (std::size_t i = 0, size = 1 + texts.below(3); i < size; ++i) {
      patterns.push_back(R"({"value":)" + texts.pattern(3) + "}");
      if (texts.below(2) == 0) texts.damage(patterns.back());
    }
    try {
      Filter filter(patterns, Strictness::Lenient);
      ++compiled;
      for (int i = 0; i < 4; ++i) {
        test::RecordText record;
        record.value = texts.json(5);
        if (texts.below(2) == 0) texts.damage(*record.value);
        ++(filter.passes(test::make_record(std::move(record))) ? passed : dropped);
      }
    } catch (const FilterPatternError&) {
    }
  }
  // The texts are worth something only if both ends are reached often.
  CHECK(compiled > kRounds / 4);
  CHECK(passed > kRounds / 10);
  CHECK(dropped > kRounds / 10);
}

}  // namespace emulator
