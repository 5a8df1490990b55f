// Runs the stories of this folder's .scenario files; README.md says what their steps mean.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/mapping_rig.h"

namespace emulator {
namespace {

using Words = std::vector<std::string>;

std::string join(const Words& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) text += (i == from ? "" : " ") + words[i];
  return text;
}

Outcome::Kind outcome_of(const std::string& word) {
  static const std::map<std::string, Outcome::Kind> kinds{
      {"ok", Outcome::Kind::Success},
      {"error", Outcome::Kind::FunctionError},
      {"throttled", Outcome::Kind::Throttled},
      {"service_error", Outcome::Kind::ServiceError},
      {"cancelled", Outcome::Kind::Cancelled}};
  return kinds.at(word);
}

class Scenario {
 public:
  ~Scenario() {
    if (rig_.mapping != nullptr) rig_.mapping->abandon();
  }

  // Throws when the step is not understood; a wrong result is a failed check.
  void run(const Words& step) {
    if (configure(step) || change(step)) {
      if (rig_.mapping != nullptr && !finished_) rig_.broker.settle();
    } else if (!check(step)) {
      throw std::invalid_argument("no such step: " + join(step, 0));
    }
    CHECK(rig_.invoker.overlap().empty());
    check_commits_are_processed();
  }

 private:
  bool configure(const Words& step) {
    const std::string& name = step[0];
    MappingConfig& config = rig_.config;
    if (name == "batch_size") {
      config.batch_size = std::stoi(step.at(1));
    } else if (name == "window_ms") {
      config.batch_window = std::chrono::milliseconds(std::stol(step.at(1)));
    } else if (name == "max_concurrency") {
      rig_.invoker.set_max_concurrency(std::stoi(step.at(1)));
    } else if (name == "backoff_ms") {
      rig_.backoff = {std::chrono::milliseconds(std::stol(step.at(1))),
                      std::chrono::milliseconds(std::stol(step.at(2)))};
    } else if (name == "retry_limit") {
      config.maximum_retry_attempts = std::stoi(step.at(1));
    } else if (name == "record_age") {
      config.maximum_record_age_s = std::stoi(step.at(1));
    } else if (name == "bisect") {
      config.bisect_batch_on_function_error = true;
    } else if (name == "report_item_failures") {
      config.report_batch_item_failures = true;
    } else if (name == "destination") {
      config.on_failure_destination = step.at(1);
    } else if (name == "filter") {
      config.filter_patterns.push_back(join(step, 1));
    } else if (name == "fault") {
      rig_.fault_lines.push_back({join(step, 1), "the scenario"});
    } else if (name == "strict") {
      rig_.strictness = Strictness::Strict;
    } else {
      return false;
    }
    return true;
  }

  bool change(const Words& step) {
    const std::string& name = step[0];
    if (name == "start") {
      rig_.start();
    } else if (name == "records") {
      append(step);
    } else if (name == "records_of") {
      append(join(step, 2), step.at(1));
    } else if (name == "assign") {
      rig_.broker.assign(std::stoi(step.at(1)), step.size() > 2 ? std::stoll(step[2]) : 0);
    } else if (name == "revoke") {
      rig_.broker.revoke(std::stoi(step.at(1)));
    } else if (name == "refuse_commits") {
      rig_.broker.fail_next_commits(std::stoi(step.at(1)));
    } else if (name == "fail_deliveries") {
      rig_.sink.fail_next(std::stoi(step.at(1)));
    } else if (name == "tick") {
      rig_.clock.tick(std::chrono::milliseconds(std::stol(step.at(1))));
    } else if (name == "answer") {
      answer(step);
    } else if (name == "finish") {
      rig_.mapping->finish();
      finished_ = true;
    } else {
      return false;
    }
    return true;
  }

  bool check(const Words& step) {
    const std::string text = join(step, 0);
    if (step[0] == "invoked" || text == "nothing invoked") {
      check_next(rig_.invoker.invocations(), named_invocations_,
                 step[0] == "invoked" ? join(step, 1) : "");
    } else if (step[0] == "sent" || text == "nothing sent") {
      check_next(sent(), named_messages_, step[0] == "sent" ? join(step, 1) : "");
    } else if (step[0] == "committed" || text == "nothing committed") {
      CHECK(committed() == (step[0] == "committed" ? join(step, 1) : ""));
    } else if (text == "drained" || text == "not drained") {
      CHECK(rig_.status().drained == (text == "drained"));
    } else if (step[0] == "result") {
      CHECK(rig_.status().last_processing_result == join(step, 1));
    } else if (step[0] == "counts") {
      check_counts(step);
    } else {
      return false;
    }
    return true;
  }

  void append(const Words& step) {
    const bool has_bytes = step.back().find('/') == std::string::npos;
    Words ranges(step.begin() + 1, step.end() - (has_bytes ? 1 : 0));
    append(join(ranges, 0), std::string(has_bytes ? std::stoul(step.back()) : 2, 'v'));
  }

  void append(const std::string& ranges, const std::string& value) {
    test::RecordText like;
    like.value = value;
    like.timestamp_ms = rig_.clock.epoch_ms();
    rig_.broker.append(ranges, like);
  }

  // "answer RANGES OUTCOME", "answer RANGES reported P@OFFSET ...", "answer RANGES says TEXT"
  void answer(const Words& step) {
    const auto outcome = std::find_if(step.begin() + 1, step.end(), [](const std::string& word) {
      return word.find('/') == std::string::npos;
    });
    const std::string records = join(Words(step.begin(), outcome), 1);
    const Words rest(outcome, step.end());
    if (rest.at(0) == "says" || rest[0] == "reported") {
      note_processed(records);
      const std::string response = rest[0] == "says" ? join(rest, 1) : report_of(rest);
      rig_.invoker.answer(records, Outcome::Kind::Success, response);
      return;
    }
    const Outcome::Kind kind = outcome_of(rest[0]);
    if (kind == Outcome::Kind::Success) note_processed(records);
    rig_.invoker.answer(records, kind);
  }

  void note_processed(const std::string& records) {
    for (const auto& range : test::parse_ranges(records)) {
      auto& processed = processed_[range.partition];
      processed = std::max(processed, range.last + 1);
    }
  }

  // What AWS's own documentation has a function answer.
  static std::string report_of(const Words& words) {
    std::string failures;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto at = words[i].find('@');
      failures += (i == 1 ? "" : ",") +
                  (R"({"itemIdentifier":{"partition":"orders-)" + words[i].substr(0, at) +
                   R"(","offset":)" + words[i].substr(at + 1) + "}}");
    }
    return R"({"batchItemFailures":[)" + failures + "]}";
  }

  // Empty: there is none that was not named yet.
  static void check_next(const Words& all, std::size_t& named, const std::string& expected) {
    if (expected.empty()) {
      CHECK(Words(all.begin() + static_cast<std::ptrdiff_t>(named), all.end()) == Words{});
      return;
    }
    REQUIRE(named < all.size());
    CHECK(all[named] == expected);
    named += 1;
  }

  // "CONDITION RANGES xINVOCATIONS" of each document that was delivered; of SQS and SNS, which say
  // only first and last offsets, "CONDITION COUNT P@FIRST..LAST ... xINVOCATIONS".
  Words sent() const {
    Words all;
    for (const FailureMessage& message : rig_.sink.delivered()) {
      const auto document = nlohmann::json::parse(message.body);
      const auto& context = document.at("requestContext");
      std::string text = context.at("condition").get<std::string>() + " ";
      if (document.contains("payload")) {
        const auto& payload = document["payload"];
        text += test::notation_of_event(payload.is_string() ? payload.get<std::string>()
                                                            : payload.dump());
      } else {
        text += summary_of(document.at("KafkaBatchInfo"));
      }
      all.push_back(text + " x" + context.at("approximateInvokeCount").dump());
    }
    return all;
  }

  static std::string summary_of(const nlohmann::json& info) {
    std::string text = info.at("batchSize").dump();
    for (const auto& [group, offsets] : info.at("recordsInfo").items()) {
      text += " " + group.substr(group.rfind('-') + 1) + "@" +
              offsets.at("firstRecordOffset").get<std::string>() + ".." +
              offsets.at("lastRecordOffset").get<std::string>();
    }
    return text;
  }

  std::string committed() const {
    std::string text;
    for (const auto& [partition, offset] : rig_.broker.committed()) {
      text += (text.empty() ? "" : " ") + std::to_string(partition) + "@" + std::to_string(offset);
    }
    return text;
  }

  void check_counts(const Words& step) {
    const Counts have = rig_.status().counts;
    const std::map<std::string, std::uint64_t> counts{
        {"polled", have.polled},           {"filtered", have.filtered_out},
        {"invoked", have.invoked},         {"processed", have.processed},
        {"dropped", have.dropped},         {"delivered", have.delivered},
        {"invocations", have.invocations}, {"failed", have.invoke_errors},
        {"retries", have.retries},         {"throttles", have.throttles},
        {"commits", have.commits},         {"commit_errors", have.commit_errors},
        {"committed", have.committed},     {"delivery_errors", have.delivery_errors}};
    for (std::size_t i = 1; i < step.size(); ++i) {
      const auto equals = step[i].find('=');
      const std::string name = step[i].substr(0, equals);
      INFO(name);
      CHECK(counts.at(name) == std::stoull(step[i].substr(equals + 1)));
    }
  }

  // Skipped records may lie behind the last processed one, so this looks only where none were
  // dropped.
  void check_commits_are_processed() {
    if (rig_.mapping == nullptr) return;
    const Counts counts = rig_.status().counts;
    if (counts.dropped + counts.delivered + counts.filtered_out > 0) return;
    for (const auto& [partition, offset] : rig_.broker.committed()) {
      CHECK(offset <= processed_[partition]);
    }
  }

  test::MappingRig rig_;
  std::map<std::int32_t, std::int64_t> processed_;  // last offset of a successful invocation + 1
  std::size_t named_invocations_ = 0;               // by the scenario, and so on
  std::size_t named_messages_ = 0;
  bool finished_ = false;
};

Words words_of(std::string line) {
  std::istringstream stream(line.substr(0, line.find('#')));
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// The first line says what a scenario shows and how that is known.
void check_title(const std::filesystem::path& path, const std::string& line) {
  INFO(path.filename().string() << " begins: " << line);
  const auto is_said = [&](const char* word) { return line.find(word) != std::string::npos; };
  CHECK(line.rfind("# ", 0) == 0);
  CHECK((is_said("[documented") || is_said("[recorded") || is_said("[assumed") ||
         is_said("[klambda]")));
}

void run_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  REQUIRE(file.good());
  Scenario scenario;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (number == 1) check_title(path, line);
    const Words step = words_of(line);
    if (step.empty()) continue;
    INFO(path.filename().string() << ":" << number << ": " << line);
    scenario.run(step);
  }
}

TEST_CASE("scenarios") {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(KLAMBDA_SCENARIO_DIR)) {
    if (entry.path().extension() == ".scenario") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 10);
  for (const auto& file : files) {
    DYNAMIC_SECTION(file.stem().string()) {
      run_file(file);
    }
  }
}

}  // namespace
}  // namespace emulator
