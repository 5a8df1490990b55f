#include "emulator/control/status_client.h"

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "emulator/aws/url.h"
#include "emulator/config/model.h"
#include "emulator/config/text.h"
#include "emulator/control/client.h"

namespace emulator {
namespace {

using Row = std::vector<std::string>;

constexpr std::size_t kProblemsMax = 20;
constexpr std::size_t kRangesMax = 3;

bool is_number(const std::string& cell) {
  return cell == "-" || parse_integer(cell).has_value();
}

// Columns as wide as they must be, those of numbers to the right; the first row is the heading.
std::string table(const std::vector<Row>& rows) {
  std::string text;
  std::vector<std::size_t> widths(rows.front().size());
  std::vector<bool> right(widths.size(), true);
  for (std::size_t column = 0; column < widths.size(); ++column) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto& cell = rows[row][column];
      widths[column] = std::max(widths[column], count_characters(cell));
      if (row > 0 && !is_number(cell)) right[column] = false;
    }
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string blanks(widths[column] - count_characters(row[column]), ' ');
      if (column > 0) line += "  ";
      line += right[column] ? blanks + row[column] : row[column] + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

// A member as a cell: its text, its number, or "-".
std::string cell(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return "-";
  if (!found->is_string()) return found->dump();
  const auto text = found->get<std::string>();
  return text.empty() ? "-" : text;
}

std::string text_of(const Json& object, const char* member) {
  return object.value(member, std::string());
}

std::vector<std::string> problems_of(const Json& status) {
  std::vector<std::string> problems;
  for (const auto& function : status.at("functions")) {
    const auto name = "function " + text_of(function, "name") + ": ";
    if (text_of(function, "state") == "Failed")
      problems.push_back(name + "Failed: " + text_of(function, "stateReason"));
    if (text_of(function, "lastUpdateStatus") == "Failed") {
      problems.push_back(name +
                         "its update failed: " + text_of(function, "lastUpdateStatusReason"));
    }
  }
  for (const auto& mapping : status.at("mappings")) {
    const auto name = text_of(mapping, "name") + ": ";
    if (mapping.contains("problem")) problems.push_back(name + text_of(mapping, "problem"));
    if (starts_with(text_of(mapping, "lastProcessingResult"), "PROBLEM"))
      problems.push_back(name + text_of(mapping, "lastProcessingResult"));
    for (const auto& partition : mapping.at("partitions")) {
      if (text_of(partition, "batch") != "waiting") continue;
      const auto until = text_of(partition, "waitsUntil");
      problems.push_back(name + text_of(partition, "partition") + " is " + cell(partition, "lag") +
                         " behind, its batch waits" + (until.empty() ? "" : " until " + until));
    }
  }
  return problems;
}

std::string ranges_text(const Json& batch) {
  std::vector<std::string> ranges;
  for (const auto& range : batch.at("partitions")) {
    auto text = text_of(range, "partition") + "@" + cell(range, "firstOffset");
    if (range.at("lastOffset") != range.at("firstOffset")) text += ".." + cell(range, "lastOffset");
    ranges.push_back(std::move(text));
  }
  const std::size_t more = ranges.size() > kRangesMax ? ranges.size() - kRangesMax : 0;
  ranges.resize(ranges.size() - more);
  return join(ranges, ", ") + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

// Prints the answer as it is wanted.
int show(const std::string& command, const HttpAnswer& answer, OutputFormat output,
         std::string (*text)(const Json&)) {
  if (answer.status != 200) {
    std::cerr << "klambda " << command << ": " << error_message(answer.body) << '\n';
    return 2;
  }
  try {
    const Json body = Json::parse(answer.body);
    std::cout << (output == OutputFormat::AsJson ? body.dump(2) + "\n" : text(body)) << std::flush;
    return 0;
  } catch (const Json::exception&) {
    std::cerr << "klambda " << command
              << ": the answer is not a klambda's: name the port of a running one with --port\n";
    return 2;
  }
}

}  // namespace

std::string status_text(const Json& status) {
  const auto& kafka = status.at("kafka");
  std::string text = "klambda " + cell(status, "version") +
                     (status.at("ready") == true ? ": ready" : ": starting") +
                     "; Kafka: " + cell(kafka, "cluster");
  if (const auto servers = text_of(kafka, "bootstrapServers"); !servers.empty())
    text += ", " + servers;
  text += "\n";

  std::vector<Row> functions{
      {"FUNCTION", "RUNTIME", "STATE", "VERSIONS", "ENVIRONMENTS", "RUNNING"}};
  for (const auto& function : status.at("functions")) {
    functions.push_back({cell(function, "name"), cell(function, "runtime"), cell(function, "state"),
                         cell(function, "versions"), cell(function, "environments"),
                         cell(function, "running")});
  }
  text += functions.size() > 1 ? "\n" + table(functions) : "\nno functions\n";

  std::vector<Row> mappings{
      {"MAPPING", "FUNCTION", "TOPIC", "STATE", "LAG", "PARTITIONS", "IN FLIGHT", "LAST RESULT"}};
  for (const auto& mapping : status.at("mappings")) {
    mappings.push_back({cell(mapping, "name"), cell(mapping, "function"), cell(mapping, "topic"),
                        cell(mapping, "state"), cell(mapping, "sumOffsetLag"),
                        cell(mapping, "partitionsAssigned"), cell(mapping, "batchesInFlight"),
                        cell(mapping, "lastProcessingResult")});
  }
  text += mappings.size() > 1 ? "\n" + table(mappings) : "\nno event source mappings\n";

  auto problems = problems_of(status);
  if (problems.empty()) return text;
  text += "\nproblems:\n";
  for (std::size_t i = 0; i < std::min(problems.size(), kProblemsMax); ++i)
    text += "  " + problems[i] + "\n";
  if (problems.size() > kProblemsMax)
    text += "  and " + std::to_string(problems.size() - kProblemsMax) + " more\n";
  return text;
}

std::string batches_text(const Json& body) {
  std::vector<Row> rows{{"MAPPING", "BATCH", "STATE", "RECORDS", "ATTEMPT", "PARTITIONS", "SENT",
                         "ERROR", "REQUEST"}};
  for (const auto& batch : body.at("batches")) {
    const auto& requests = batch.at("requestIds");
    rows.push_back({cell(batch, "mapping"), cell(batch, "id"), cell(batch, "state"),
                    cell(batch, "records"), cell(batch, "attempt"), ranges_text(batch),
                    cell(batch, "sent"), cell(batch, "errorType"),
                    requests.empty() ? "-" : requests.back().get<std::string>()});
  }
  return rows.size() > 1 ? table(rows) : "no batches\n";
}

int run_status(const StatusCommand& command) {
  return show("status",
              ask_running_klambda(command.host, command.port, {"GET", "/_klambda/status", {}, {}}),
              command.output, status_text);
}

int run_batches(const BatchesCommand& command) {
  std::string path = "/_klambda/batches";
  for (const auto& [name, value] : {std::pair{"function", command.function},
                                    {"mapping", command.mapping},
                                    {"state", command.state}}) {
    if (value.empty()) continue;
    path += std::string(path.find('?') == std::string::npos ? "?" : "&") + name + "=" +
            percent_encode(value, Slashes::Encode);
  }
  return show("batches", ask_running_klambda(command.host, command.port, {"GET", path, {}, {}}),
              command.output, batches_text);
}

}  // namespace emulator
