// What filters cost a record: `filter_bench [PATTERNS]`, 1 to 5 of them (default 5), on JSON
// records of about 1 KB, beside what parsing such a record alone costs. Prints medians of several
// rounds, a second being one of processor time.
#include <fmt/format.h>
#include <simdjson.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "emulator/esm/filter.h"
#include "tests/bench/cpu_time.h"

namespace {

using namespace emulator;

constexpr std::size_t kRecords = 100'000;
constexpr std::size_t kTexts = 997;  // different ones, so that no branch is learnt by heart

std::string order(std::size_t i) {
  std::string items;
  for (std::size_t item = 0; item < 5; ++item) {
    items += fmt::format(R"({}{{"sku":"SKU-{}","quantity":{},"price":{}.95,"gift":{}}})",
                         item > 0 ? "," : "", i * 7 + item, 1 + (i + item) % 4, i % 90 + item,
                         item == 2);
  }
  return fmt::format(
      R"({{"order_id":"{:08}","status":"{}","created":"2024-05-{:02}T10:15:30Z","total":{}.5,)"
      R"("currency":"EUR","customer":{{"id":{},"name":"Customer no {}","email":"c{}@an.example",)"
      R"("tags":["new","b2b","region-{}"],"vip":{}}},"address":{{"street":"Long Street {}",)"
      R"("city":"Utrecht","zip":"{:05}","country":"NL"}},"items":[{}],"note":"{}"}})",
      i, i % 3 == 0 ? "paid" : "open", 1 + i % 28, i % 500, i, i, i, i % 9, i % 11 == 0, i,
      i * 13 % 100'000, items, std::string(400, 'n'));
}

// None of them matches, so that each is asked of every record.
const std::vector<std::string> kPatterns{
    R"({"value":{"status":["cancelled"],"total":[{"numeric":[">",100]}]}})",
    R"({"value":{"customer":{"id":[{"exists":true}],"tags":["region-77"]}}})",
    R"({"value":{"items":{"sku":[{"prefix":"SKU-"}],"quantity":[9]}}})",
    R"({"value":{"address":{"country":[{"anything-but":["NL","DE"]}]},"currency":["EUR"]}})",
    R"({"value":{"$or":[{"status":["lost"]},{"created":[{"prefix":"2023-"}]}]}})"};

}  // namespace

int main(int argc, char** argv) {
  const std::size_t pattern_count = argc > 1 ? std::stoul(argv[1]) : kPatterns.size();
  std::vector<std::string> texts;
  std::vector<Record> records(kTexts);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kTexts; ++i) bytes += texts.emplace_back(order(i)).size();
  for (std::size_t i = 0; i < kTexts; ++i) records[i].value = texts[i];

  simdjson::dom::parser parser;
  std::vector<simdjson::padded_string> padded(texts.begin(), texts.end());
  std::size_t parsed = 0;
  const double parse_seconds = bench::median_seconds([&] {
    for (std::size_t i = 0; i < kRecords; ++i) {
      if (parser.parse(padded[i % kTexts]).error() == simdjson::SUCCESS) ++parsed;
    }
  });
  Filter filter({kPatterns.begin(), kPatterns.begin() + static_cast<std::ptrdiff_t>(pattern_count)},
                Strictness::Strict);
  std::size_t passed = 0;
  const double filter_seconds = bench::median_seconds([&] {
    for (std::size_t i = 0; i < kRecords; ++i) passed += filter.passes(records[i % kTexts]);
  });
  const auto microseconds = [](double seconds) {
    return seconds * 1e6 / static_cast<double>(kRecords);
  };
  fmt::print(
      "{} patterns on JSON records of {} B: {:.2f} us a record, {:.2f} of them for parsing; {} "
      "passed\n",
      pattern_count, bytes / kTexts, microseconds(filter_seconds), microseconds(parse_seconds),
      passed);
  return parsed == kRecords * bench::kRounds && passed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
