// What records in Avro cost: `avro_bench`, on records of ten fields that are about 1 KB as Avro.
// Prints medians of several rounds, a second being one of processor time: decoding alone; decoding,
// filtering and the event's base64; and the same of a JSON record that needs no decoding.
#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "emulator/esm/base64.h"
#include "emulator/esm/filter.h"
#include "emulator/schema/codec.h"
#include "tests/bench/cpu_time.h"

namespace {

using namespace emulator;

constexpr std::size_t kRecords = 100'000;
constexpr std::size_t kTexts = 997;  // different ones, so that no branch is learnt by heart

constexpr const char* kSchema = R"({"type":"record","name":"Order","namespace":"shop","fields":[
  {"name":"order_id","type":"long"},
  {"name":"status","type":{"type":"enum","name":"Status","symbols":["OPEN","PAID","LOST"]}},
  {"name":"created","type":{"type":"long","logicalType":"timestamp-millis"}},
  {"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}},
  {"name":"weight","type":"double"},
  {"name":"customer","type":"string"},
  {"name":"email","type":["null","string"]},
  {"name":"vip","type":"boolean"},
  {"name":"tags","type":{"type":"array","items":"string"}},
  {"name":"note","type":"string"}]})";

std::string order(std::size_t i) {
  return fmt::format(
      R"({{"order_id":{},"status":"{}","created":{},"total":"{}.95","weight":{}.25,)"
      R"("customer":"Customer no {}","email":{},"vip":{},"tags":["new","b2b","region-{}"],)"
      R"("note":"{}"}})",
      i * 7'919, i % 3 == 0 ? "PAID" : "OPEN", 1'700'000'000'000 + i, i % 5'000, i % 90, i,
      i % 5 == 0 ? "null" : fmt::format("\"c{}@an.example\"", i), i % 11 == 0, i % 9,
      std::string(880 + i % 40, static_cast<char>('a' + i % 26)));
}

}  // namespace

int main() {
  const auto codec = compile({SchemaFormat::Avro, kSchema, {}});
  std::vector<std::string> bodies;
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kTexts; ++i) {
    bytes += bodies.emplace_back(codec->encode(order(i), "", Framing::Confluent)).size();
    codec->decode(codec->open(bodies.back(), Framing::Confluent), texts.emplace_back());
  }
  Filter filter({R"({"value":{"status":["PAID"],"weight":[{"numeric":["<",80]}]}})"},
                Strictness::Strict);
  std::string json;
  std::string base64(base64_size(8'192), '\0');
  std::size_t passed = 0;
  std::size_t decoded_bytes = 0;
  const auto filter_and_encode = [&](std::string_view value) {
    Record record;
    record.value = value;
    passed += filter.passes(record);
    base64_encode(value, base64.data());
  };
  const auto decode = [&](std::size_t i) {
    json.clear();
    codec->decode(codec->open(bodies[i % kTexts], Framing::Confluent), json);
    decoded_bytes += json.size();
  };
  const double decode_seconds = bench::median_seconds([&] {
    for (std::size_t i = 0; i < kRecords; ++i) decode(i);
  });
  const double all_seconds = bench::median_seconds([&] {
    for (std::size_t i = 0; i < kRecords; ++i) {
      decode(i);
      filter_and_encode(json);
    }
  });
  const double json_seconds = bench::median_seconds([&] {
    for (std::size_t i = 0; i < kRecords; ++i) filter_and_encode(texts[i % kTexts]);
  });
  const auto rate = [](double seconds) { return static_cast<double>(kRecords) / seconds; };
  fmt::print(
      "Avro records of {} B with ten fields: {:.0f} decoded a second; {:.0f} decoded, filtered and "
      "encoded for the event; {:.0f} as JSON from the start\n",
      bytes / kTexts, rate(decode_seconds), rate(all_seconds), rate(json_seconds));
  return passed > 0 && decoded_bytes > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
