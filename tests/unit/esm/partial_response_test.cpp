#include "emulator/esm/partial_response.h"

#include "tests/support/catch.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

using Lowest = std::map<std::int32_t, std::int64_t>;

// The reason why it is invalid, or else "".
std::string reason(std::string_view response, Strictness strictness,
                   std::string_view topic = "my-topic") {
  const Batch batch = test::make_batch("my-topic/0@100..104 my-topic/3@7..9");
  const auto result = read_item_failures(response, batch, topic, strictness);
  const auto* invalid = std::get_if<InvalidItemFailures>(&result);
  return invalid == nullptr ? "" : invalid->reason;
}

ItemFailures failures(std::string_view response, Strictness strictness) {
  const Batch batch = test::make_batch("my-topic/0@100..104 my-topic/3@7..9");
  const auto result = read_item_failures(response, batch, "my-topic", strictness);
  const auto* valid = std::get_if<ItemFailures>(&result);
  if (valid == nullptr) FAIL(std::get<InvalidItemFailures>(result).reason);
  return *valid;
}

Lowest lowest(const ItemFailures& failures) {
  Lowest lowest;
  for (const auto& [partition, offsets] : failures.reported) lowest[partition] = *offsets.begin();
  return lowest;
}

std::string with_identifier(const std::string& identifier) {
  return R"({"batchItemFailures":[{"itemIdentifier":)" + identifier + "}]}";
}

const auto kEach = {Strictness::Lenient, Strictness::Strict};

TEST_CASE("partial response: what reports nothing is a success") {
  for (const char* response :
       {"", "  \n", "null", "{}", " { } ", R"("")", "[]", " [ ] ", R"({"batchItemFailures":[]})",
        R"({"batchItemFailures":null})", R"({"statusCode":200,"body":{"a":[1,{"b":[]}]}})",
        R"({"body":{"batchItemFailures":[{"itemIdentifier":"no"}]}})"}) {
    for (const Strictness strictness : kEach) {
      INFO(response);
      const ItemFailures read = failures(response, strictness);
      CHECK(read.reported.empty());
      CHECK(read.warning.empty());
    }
  }
}

TEST_CASE("partial response: each partition has its reported offsets, whatever their order") {
  struct Row {
    const char* response;
    Lowest lowest;
  };
  const Row rows[] = {
      {R"({"batchItemFailures":[{"itemIdentifier":{"partition":"my-topic-0","offset":100}}]})",
       {{0, 100}}},
      {R"({"batchItemFailures":[
           {"itemIdentifier":{"partition":"my-topic-0","offset":104}},
           {"itemIdentifier":{"partition":"my-topic-3","offset":8}},
           {"itemIdentifier":{"offset":102,"partition":"my-topic-0"}},
           {"itemIdentifier":{"partition":"my-topic-0","offset":103}},
           {"itemIdentifier":{"partition":"my-topic-0","offset":102}}]})",
       {{0, 102}, {3, 8}}},
      // Members that say nothing of failures, before, after and between, whatever is in them.
      {R"({"log":[{"itemIdentifier":1}],
           "batchItemFailures":[{"why":{"offset":[1]},"itemIdentifier":{"partition":"my-topic-3",
             "extra":{"offset":"x"},"offset":7,"topic":["other"]},"again":[[]]}],
           "more":{"batchItemFailures":3}})",
       {{3, 7}}},
  };
  for (const Row& row : rows) {
    for (const Strictness strictness : kEach) {
      INFO(row.response);
      const ItemFailures read = failures(row.response, strictness);
      CHECK(lowest(read) == row.lowest);
      CHECK(read.warning.empty());
    }
  }
}

TEST_CASE("partial response: what the batch does not have fails it as a whole") {
  struct Row {
    const char* identifier;
    const char* reason;
  };
  const Row rows[] = {
      {R"({"partition":"my-topic-0","offset":99})", "my-topic-0@99 is not in the batch"},
      {R"({"partition":"my-topic-0","offset":105})", "my-topic-0@105 is not in the batch"},
      {R"({"partition":"my-topic-0","offset":-1})", "my-topic-0@-1 is not in the batch"},
      {R"({"partition":"my-topic-1","offset":100})", "my-topic-1@100 is not in the batch"},
      {R"({"partition":"my-topic-4294967296","offset":100})",
       "my-topic-4294967296@100 is not in the batch"},
      {R"({"partition":"my-topic-03","offset":7})", R"("my-topic-03" is not in the batch)"},
      {R"({"partition":"my-topic-+3","offset":7})", R"("my-topic-+3" is not in the batch)"},
      {R"({"partition":"my-topic-","offset":7})", R"("my-topic-" is not in the batch)"},
      {R"({"partition":"other-0","offset":100})", R"("other-0" is not in the batch)"},
      {R"({"partition":"my-topic","offset":100})", R"("my-topic" is not in the batch)"},
      {R"({"partition":"","offset":100})", R"("" is not in the batch)"},
      {R"({"partition":"0","offset":100})", R"("0" is not in the batch)"},
  };
  for (const Row& row : rows) {
    for (const Strictness strictness : kEach) {
      INFO(row.identifier);
      CHECK(reason(with_identifier(row.identifier), strictness) == row.reason);
    }
  }
  // A good one before it does not help.
  CHECK(reason(R"({"batchItemFailures":[{"itemIdentifier":{"partition":"my-topic-0","offset":100}},
                   {"itemIdentifier":{"partition":"my-topic-0","offset":9}}]})",
               Strictness::Lenient) == "my-topic-0@9 is not in the batch");
}

TEST_CASE("partial response: malformed identifiers fail the batch as a whole") {
  struct Row {
    const char* identifier;
    const char* reason;
  };
  const Row rows[] = {
      {"null", "itemIdentifier is null, not an object"},
      {R"("")", R"(itemIdentifier is the string "", not an object)"},
      {"12", "itemIdentifier is the number 12, not an object"},
      {"true", "itemIdentifier is a boolean, not an object"},
      {"[]", "itemIdentifier is a list, not an object"},
      {"{}", "itemIdentifier {} has no offset"},
      {R"({"offset":100})", R"(itemIdentifier {"offset":100} has no partition)"},
      {R"({"partition":"my-topic-0"})",
       R"(itemIdentifier {"partition":"my-topic-0"} has no offset)"},
      {R"({"partition":"my-topic-0","offset":"100"})",
       R"(itemIdentifier's offset is the string "100", not a whole number)"},
      {R"({"partition":"my-topic-0","offset":100.0})",
       "itemIdentifier's offset is a fraction or too large, not a whole number"},
      {R"({"partition":"my-topic-0","offset":18446744073709551615})",
       "itemIdentifier's offset is a fraction or too large, not a whole number"},
      {R"({"partition":"my-topic-0","offset":null})",
       "itemIdentifier's offset is null, not a whole number"},
      {R"({"partition":"my-topic-0","offset":{"value":100}})",
       "itemIdentifier's offset is an object, not a whole number"},
      {R"({"partition":null,"offset":100})", "itemIdentifier's partition is null, not a string"},
      {R"("100")", R"(itemIdentifier is the string "100", not an object)"},
      {R"("my-topic-0")", R"(itemIdentifier is the string "my-topic-0", not an object)"},
      {R"("my-topic-0-x")", R"(itemIdentifier is the string "my-topic-0-x", not an object)"},
      {R"("my-topic-0-0100")", R"(itemIdentifier is the string "my-topic-0-0100", not an object)"},
      {R"("other-0-100")", R"(itemIdentifier is the string "other-0-100", not an object)"},
  };
  for (const Row& row : rows) {
    for (const Strictness strictness : kEach) {
      INFO(row.identifier);
      CHECK(reason(with_identifier(row.identifier), strictness) == row.reason);
    }
  }
}

TEST_CASE("partial response: a malformed response fails the batch as a whole") {
  struct Row {
    const char* response;
    const char* reason;
  };
  const Row rows[] = {
      {"done", "the response is not JSON, as its byte 1 shows"},
      {R"({"batchItemFailures":[)", "the response is not JSON, as its byte 23 shows"},
      {R"({"batchItemFailures":[]} x)", "the response is not JSON, as its byte 26 shows"},
      {R"("done")", R"(the response is the string "done", not an object)"},
      {"200", "the response is the number 200, not an object"},
      {"false", "the response is a boolean, not an object"},
      {"[1]", "the response is a list, not an object"},
      {"[[]]", "the response is a list, not an object"},
      {R"({"batchItemFailures":{}})", "batchItemFailures is an object, not a list"},
      {R"({"batchItemFailures":"none"})", R"(batchItemFailures is the string "none", not a list)"},
      {R"({"batchItemFailures":[null]})", "an entry of batchItemFailures is null, not an object"},
      {R"({"batchItemFailures":[[]]})", "an entry of batchItemFailures is a list, not an object"},
      {R"({"batchItemFailures":["my-topic-0-100"]})",
       R"(an entry of batchItemFailures is the string "my-topic-0-100", not an object)"},
      {R"({"batchItemFailures":[{}]})", "an entry of batchItemFailures has no itemIdentifier"},
      {R"({"batchItemFailures":[{"identifier":{"partition":"my-topic-0","offset":100}}]})",
       "an entry of batchItemFailures has no itemIdentifier"},
  };
  for (const Row& row : rows) {
    for (const Strictness strictness : kEach) {
      INFO(row.response);
      CHECK(reason(row.response, strictness) == row.reason);
    }
  }
}

TEST_CASE("partial response: forms that mean one record are taken with a warning, not strictly") {
  struct Row {
    const char* identifier;
    Lowest lowest;
    const char* difference;
  };
  const Row rows[] = {
      {R"("my-topic-0-101")",
       {{0, 101}},
       R"(itemIdentifier "my-topic-0-101" is not the form that AWS takes, )"
       R"({"partition":"my-topic-0","offset":101})"},
      {R"({"topic":"my-topic","partition":3,"offset":8})",
       {{3, 8}},
       R"(itemIdentifier {"topic":"my-topic","partition":3,"offset":8} is not the form that AWS )"
       R"(takes, {"partition":"my-topic-3","offset":8})"},
      {R"({"partition":3,"offset":8})",
       {{3, 8}},
       R"(itemIdentifier {"partition":3,"offset":8} is not the form that AWS takes, )"
       R"({"partition":"my-topic-3","offset":8})"},
  };
  for (const Row& row : rows) {
    INFO(row.identifier);
    const ItemFailures read = failures(with_identifier(row.identifier), Strictness::Lenient);
    CHECK(lowest(read) == row.lowest);
    CHECK(read.warning ==
          std::string(row.difference) + "; there the whole batch would count as failed");
    CHECK(reason(with_identifier(row.identifier), Strictness::Strict) == row.difference);
  }
  // Its meaning is checked as the documented form's is.
  CHECK(reason(with_identifier(R"("my-topic-0-99")"), Strictness::Lenient) ==
        "my-topic-0@99 is not in the batch");
  CHECK(reason(with_identifier(R"({"partition":-1,"offset":8})"), Strictness::Lenient) ==
        "my-topic--1@8 is not in the batch");
  CHECK(reason(with_identifier(R"({"topic":"other","partition":0,"offset":100})"),
               Strictness::Lenient) ==
        R"({"topic":"other","partition":0,"offset":100} is not in the batch)");
}

TEST_CASE("partial response: several accepted forms make one warning") {
  const ItemFailures read = failures(
      R"({"batchItemFailures":[{"itemIdentifier":{"partition":"my-topic-0","offset":104}},
          {"itemIdentifier":"my-topic-0-103"},{"itemIdentifier":{"partition":0,"offset":102}}]})",
      Strictness::Lenient);
  CHECK(lowest(read) == Lowest{{0, 102}});
  CHECK(read.warning.find("\"my-topic-0-103\"") != std::string::npos);
  CHECK(read.warning.find('\n') == std::string::npos);
}

TEST_CASE("partial response: neither depth nor strange bytes do harm") {
  const std::string deep = R"({"x":)" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
  CHECK(failures(deep, Strictness::Strict).reported.empty());
  const std::string shown =
      reason(with_identifier("\"a\\nb" + std::string(10'000, 'c') + "\""), Strictness::Lenient);
  CHECK(shown.size() < 400);
  CHECK(shown.find('\n') == std::string::npos);
  CHECK(
      reason(with_identifier("\"\xff\""), Strictness::Lenient).starts_with("the response is not"));
}

}  // namespace
}  // namespace emulator
