// Runs the cases of tests/scenario/filters.table, which says what its lines mean.
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/esm/filter.h"
#include "tests/support/catch.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at = text.find(separator); at != std::string::npos;
       at = text.find(separator, from)) {
    parts.push_back(text.substr(from, at - from));
    from = at + separator.size();
  }
  parts.push_back(text.substr(from));
  return parts;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

void set_member(test::RecordText& record, const std::string& name, const std::string& text) {
  static const std::map<std::string, TimestampType> types{
      {"CREATE_TIME", TimestampType::CreateTime},
      {"LOG_APPEND_TIME", TimestampType::LogAppendTime},
      {"NO_TIMESTAMP_TYPE", TimestampType::NoTimestamp}};
  if (name == "value") {
    record.value = text;
  } else if (name == "value-bytes") {
    record.value = bytes_of(text);
  } else if (name == "key") {
    record.key = text;
  } else if (name == "key-bytes") {
    record.key = bytes_of(text);
  } else if (name == "topic") {
    record.topic = text;
  } else if (name == "partition") {
    record.partition = std::stoi(text);
  } else if (name == "offset") {
    record.offset = std::stoll(text);
  } else if (name == "timestamp") {
    record.timestamp_ms = std::stoll(text);
  } else if (name == "timestampType") {
    record.timestamp_type = types.at(text);
  } else if (name == "header") {
    const std::size_t colon = text.find(':');
    auto& header = record.headers.emplace_back(text.substr(0, colon), std::nullopt);
    if (colon != std::string::npos) header.second = text.substr(colon + 1);
  } else {
    throw std::invalid_argument("no such member: " + name);
  }
}

Record record_of(const std::string& cell) {
  test::RecordText record;
  record.value = std::nullopt;
  for (const std::string& member : split(cell, " ;; ")) {
    const std::size_t equals = member.find('=');
    if (equals == std::string::npos) throw std::invalid_argument("no '=' in " + member);
    set_member(record, member.substr(0, equals), member.substr(equals + 1));
  }
  return test::make_record(std::move(record));
}

// "" when the patterns are accepted.
std::string refusal(const std::vector<std::string>& patterns, Strictness strictness) {
  try {
    const Filter filter(patterns, strictness);
    return "";
  } catch (const FilterPatternError& error) {
    return error.what();
  }
}

void run(const std::vector<std::string>& cells) {
  const std::vector<std::string> patterns = split(cells[0], " OR ");
  const std::string& result = cells[2];
  if (result == "passes" || result == "dropped") {
    Filter filter(patterns, Strictness::Lenient);
    CHECK(filter.passes(record_of(cells[1])) == (result == "passes"));
    return;
  }
  const std::string lenient = refusal(patterns, Strictness::Lenient);
  const std::string strict = refusal(patterns, Strictness::Strict);
  INFO("refused with: " << strict);
  CHECK(strict.find(cells[1]) != std::string::npos);
  if (result == "refused") {
    CHECK(lenient == strict);
  } else if (result == "refused by --strict") {
    CHECK(lenient.empty());
  } else {
    throw std::invalid_argument("no such result: " + result);
  }
}

}  // namespace

TEST_CASE("filters do what the table says") {
  std::ifstream file(std::string(KLAMBDA_SCENARIO_DIR) + "/filters.table");
  REQUIRE(file);
  std::size_t cases = 0;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    INFO("filters.table line " << number << ": " << line);
    std::vector<std::string> cells;
    for (const std::string& cell : split(line, " | ")) cells.push_back(trimmed(cell));
    REQUIRE(cells.size() == 4);
    CHECK(std::set<std::string>{"documented", "recorded", "ruler", "assumed"}.count(cells[3]) == 1);
    run(cells);
    ++cases;
  }
  CHECK(cases > 200);
}

}  // namespace emulator
