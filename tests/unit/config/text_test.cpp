#include "emulator/config/text.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("durations have a number and a unit, seconds without one") {
  const std::vector<std::pair<std::string, std::int64_t>> good{
      {"60s", 60'000}, {"500ms", 500},  {"2m", 120'000}, {"1h", 3'600'000}, {"5", 5'000},
      {"0", 0},        {"1.5s", 1'500}, {"0.25", 250},   {"0.0009s", 0}};
  for (const auto& [text, ms] : good) {
    CAPTURE(text);
    CHECK(parse_duration(text) == std::chrono::milliseconds(ms));
  }
  for (const std::string text :
       {"", "s", "ms", "-1s", "1 s", "1.s", ".5s", "1d", "1e3", "99999999999999999999s", "1s1s"}) {
    CAPTURE(text);
    CHECK(parse_duration(text) == std::nullopt);
  }
}

TEST_CASE("points in time are epoch seconds or ISO-8601") {
  const std::vector<std::pair<std::string, std::int64_t>> good{
      {"0", 0},
      {"1700000000", 1'700'000'000'000},
      {"1700000000.5", 1'700'000'000'500},
      {"1970-01-02", 86'400'000},
      {"2023-11-14T22:13:20Z", 1'700'000'000'000},
      {"2023-11-14T22:13:20", 1'700'000'000'000},
      {"2023-11-14 22:13:20.25Z", 1'700'000'000'250},
      {"2023-11-14T23:13:20+01:00", 1'700'000'000'000},
      {"2023-11-14T17:43:20-0430", 1'700'000'000'000},
      {"2023-11-14T22:13Z", 1'699'999'980'000},
      {"2024-02-29", 1'709'164'800'000}};
  for (const auto& [text, ms] : good) {
    CAPTURE(text);
    CHECK(parse_timestamp_ms(text) == ms);
  }
  for (const std::string text :
       {"", "yesterday", "2023-02-29", "2023-13-01", "2023-11-14T25:00:00Z", "2023-11-14T22:13:61Z",
        "2023-11-14T22:13:20X", "2023-11-14T22:13:20+25:00", "2023-11-14T", "-5", "2023-1-1"}) {
    CAPTURE(text);
    CHECK(parse_timestamp_ms(text) == std::nullopt);
  }
}

TEST_CASE("command lines are split as a shell does, without expansions") {
  using Words = std::vector<std::string>;
  const std::vector<std::pair<std::string, Words>> good{
      {"", {}},
      {"  ", {}},
      {"python3 -m awslambdaric app.handler", {"python3", "-m", "awslambdaric", "app.handler"}},
      {" a\t b\n", {"a", "b"}},
      {"'a b' \"c d\"", {"a b", "c d"}},
      {"a'b'\"c\"d", {"abcd"}},
      {"a\\ b", {"a b"}},
      {"\"say \\\"hi\\\" \\n\"", {"say \"hi\" \\n"}},
      {"'no \\escape'", {"no \\escape"}},
      {"'' x", {"", "x"}},
      {"$HOME *", {"$HOME", "*"}},
      {"a\\", {"a\\"}},
  };
  for (const auto& [text, words] : good) {
    CAPTURE(text);
    CHECK(split_words(text) == words);
  }
  CHECK(split_words("'a") == std::nullopt);
  CHECK(split_words("a \"b") == std::nullopt);
}

TEST_CASE("integers are read whole or not at all") {
  CHECK(parse_integer("12") == 12);
  CHECK(parse_integer("-1") == -1);
  CHECK(parse_integer("+7") == 7);
  for (const std::string text :
       {"", "+", "-", "1.0", "0x10", "12a", " 1", "99999999999999999999", "+-1"}) {
    CAPTURE(text);
    CHECK(parse_integer(text) == std::nullopt);
  }
}

TEST_CASE("a name that is nearly right is suggested, another one is not") {
  const std::vector<std::string> names{"BatchSize", "Topics", "Enabled"};
  CHECK(did_you_mean("BatchSiz", names) == " (did you mean BatchSize?)");
  CHECK(did_you_mean("batchsize", names) == " (did you mean BatchSize?)");
  CHECK(did_you_mean("Topic", names) == " (did you mean Topics?)");
  CHECK(did_you_mean("Window", names) == "");
  CHECK(did_you_mean("", names) == "");
  CHECK(did_you_mean(std::string(5'000, 'x'), names) == "");
}
