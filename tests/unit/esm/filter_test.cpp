// What the table of cases does not say of Filter: its limits, its copies, what one record leaves
// for the next, and that no record makes it slow or deep.
#include "emulator/esm/filter.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/esm/filter_pattern.h"
#include "tests/support/catch.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

Record with_value(std::optional<std::string> value) {
  test::RecordText text;
  text.value = std::move(value);
  return test::make_record(std::move(text));
}

bool passes(const std::string& pattern, std::string value) {
  return Filter({pattern}, Strictness::Lenient).passes(with_value(std::move(value)));
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// A `$or` of so many alternatives.
std::string alternatives(int count) {
  std::string pattern = R"({"$or":[)";
  for (int i = 0; i < count; ++i) pattern += std::string(i > 0 ? "," : "") + R"({"a":[1]})";
  return pattern + "]}";
}

}  // namespace

TEST_CASE("a filter without patterns passes every record") {
  CHECK(Filter().passes(with_value(std::nullopt)));
  CHECK(Filter({}, Strictness::Strict).passes(with_value("x")));
}

TEST_CASE("a pattern has 4096 characters at most, not bytes") {
  const std::string around = R"({"value":[""]})";
  const int room = static_cast<int>(kPatternCharactersMax - around.size());
  const auto pattern = [](const std::string& text) { return R"({"value":[")" + text + R"("]})"; };
  CHECK_NOTHROW(Filter({pattern(repeated("é", room))}, Strictness::Strict));
  CHECK_THROWS_AS(Filter({pattern(repeated("é", room + 1))}, Strictness::Lenient),
                  FilterPatternError);
}

TEST_CASE("$or makes 1000 rule combinations at most") {
  const std::string ten = R"("$or":[{"a":[1]},{"b":[1]},{"c":[1]},{"d":[1]},{"e":[1]},)"
                          R"({"f":[1]},{"g":[1]},{"h":[1]},{"i":[1]},{"j":[1]}])";
  const std::string thousand = "{\"value\":{" + ten + ",\"x\":{" + ten + "},\"y\":{" + ten + "}";
  CHECK_NOTHROW(Filter({thousand + "}}"}, Strictness::Strict));
  CHECK_THROWS_AS(
      Filter({thousand + R"(,"z":{"$or":[{"a":[1]},{"b":[1]}]}}})"}, Strictness::Lenient),
      FilterPatternError);
  CHECK_NOTHROW(Filter({alternatives(400)}, Strictness::Strict));
}

TEST_CASE("a pattern as full and as deep as its characters allow is compiled and matched") {
  std::string wide = "{";
  for (int i = 0; i < 400; ++i) {
    if (i > 0) wide += ',';
    wide += '"' + std::string(1, static_cast<char>('0' + i / 40)) +
            static_cast<char>('0' + i % 40) + "\":[1]";
  }
  CHECK_FALSE(passes(wide.substr(0, 4095) + "}", "{}"));
  const std::string deep = repeated(R"({"":)", 800) + "[1]" + repeated("}", 800);
  CHECK_FALSE(passes(deep, "{}"));
}

TEST_CASE("copies share the patterns and no memory") {
  Filter filter({R"({"value":{"a":["x"]}})"}, Strictness::Strict);
  Filter copy = filter;
  Filter assigned;
  assigned = copy;
  filter = Filter();
  CHECK(filter.passes(with_value(R"({"a":"y"})")));
  for (Filter* each : {&copy, &assigned}) {
    CHECK(each->passes(with_value(R"({"a":"x"})")));
    CHECK_FALSE(each->passes(with_value(R"({"a":"y"})")));
  }
  assigned = *&assigned;
  CHECK_FALSE(assigned.passes(with_value(R"({"a":"y"})")));
}

TEST_CASE("one record leaves nothing for the next") {
  Filter filter({R"({"value":{"a":["x"]}})"}, Strictness::Strict);
  CHECK(filter.passes(with_value(R"({"a":"x"})")));
  CHECK_FALSE(filter.passes(with_value("{}")));
  CHECK(filter.passes(with_value("text")));
  CHECK_FALSE(filter.passes(with_value(R"({"b":"x"})")));
  CHECK(filter.passes(with_value(std::nullopt)));
  const std::string long_text(3'000'000, 'x');
  CHECK_FALSE(filter.passes(with_value(R"({"a":")" + long_text + "\"}")));
  CHECK(filter.passes(with_value(R"({"a":"x"})")));
}

TEST_CASE("JSON deeper than its parser goes is text, and is not descended into") {
  const std::string pattern = R"({"value":{"a":["x"]}})";
  const std::string inside = repeated("[", 1'000) + "1" + repeated("]", 1'000);
  CHECK_FALSE(passes(pattern, R"({"a":)" + inside + "}"));
  for (const int depth : {1'100, 100'000}) {
    CHECK(passes(pattern, R"({"a":)" + repeated("[", depth) + repeated("]", depth) + "}"));
    CHECK(passes(pattern, repeated(R"({"a":)", depth) + "1" + repeated("}", depth)));
    CHECK(passes(pattern, repeated("[", depth)));
  }
}

TEST_CASE("arrays that have nothing to do with each other cost their sum") {
  std::string pattern = R"({"value":{)";
  std::string record = "{";
  for (const char name : {'a', 'b', 'c', 'd', 'e', 'f', 'g'}) {
    pattern += std::string("\"") + name + R"(":{"x":["1"],"y":["2"]},)";
    record += std::string("\"") + name + "\":[" + repeated(R"({"x":"1","y":"2"},)", 200) + "{}],";
  }
  // Nothing is found for the last field: a search that only steps back would make 200^7 tries.
  CHECK_FALSE(passes(pattern + R"("z":["no"]}})", record + R"("z":"yes"})"));
  CHECK(passes(pattern + R"("z":["yes"]}})", record + R"("z":"yes"})"));
}

TEST_CASE("a record made to be slow passes in bounded time") {
  // `arrays` members of one name, each with an element for every field, one more field than arrays:
  // no two fields may share an array, so none is left for the last. To know that takes factorials.
  const auto passes_with = [](int arrays) {
    std::string fields;
    std::string elements;
    for (int i = 0; i <= arrays; ++i) {
      const std::string name = "\"f" + std::to_string(i) + "\":";
      fields += (i > 0 ? "," : "") + name + "[1]";
      elements += (i > 0 ? ",{" : "{") + name + "1}";
    }
    const std::string record = repeated("\"a\":[" + elements + "],", arrays);
    return passes(R"({"value":{"a":{)" + fields + "}}}", "{" + record + "\"z\":0}");
  };
  CHECK_FALSE(passes_with(4));
  CHECK(passes_with(12));
}

TEST_CASE("a filter tells which of its top members no Kafka record has") {
  const auto unknown = [](std::vector<std::string> patterns) {
    return Filter(patterns, Strictness::Lenient).unknown_members();
  };
  CHECK(unknown({}).empty());
  CHECK(unknown({R"({"value":{"a":[1]},"offset":[3]})", R"({"headers":{"h":[{"exists":true}]}})"})
            .empty());
  CHECK(unknown({R"({"value":[1]})", R"({"data":{"a":[1]}})"}) == std::vector<std::string>{"data"});
}

}  // namespace emulator
