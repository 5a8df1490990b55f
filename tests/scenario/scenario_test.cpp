// Runs the stories of this folder's .scenario files; README.md says what their steps mean.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

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
    if (name == "batch_size") {
      rig_.config.batch_size = std::stoi(step.at(1));
    } else if (name == "window_ms") {
      rig_.config.batch_window = std::chrono::milliseconds(std::stol(step.at(1)));
    } else if (name == "max_concurrency") {
      rig_.invoker.set_max_concurrency(std::stoi(step.at(1)));
    } else if (name == "backoff_ms") {
      rig_.backoff = {std::chrono::milliseconds(std::stol(step.at(1))),
                      std::chrono::milliseconds(std::stol(step.at(2)))};
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
    } else if (name == "assign") {
      rig_.broker.assign(std::stoi(step.at(1)), step.size() > 2 ? std::stoll(step[2]) : 0);
    } else if (name == "revoke") {
      rig_.broker.revoke(std::stoi(step.at(1)));
    } else if (name == "refuse_commits") {
      rig_.broker.fail_next_commits(std::stoi(step.at(1)));
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
      check_invoked(step[0] == "invoked" ? join(step, 1) : "");
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
    rig_.broker.append(join(ranges, 0), has_bytes ? std::stoul(step.back()) : 2);
  }

  void answer(const Words& step) {
    const std::string records = join(Words(step.begin(), step.end() - 1), 1);
    const Outcome::Kind kind = outcome_of(step.back());
    if (kind == Outcome::Kind::Success) {
      for (const auto& range : test::parse_ranges(records)) {
        auto& processed = processed_[range.partition];
        processed = std::max(processed, range.last + 1);
      }
    }
    rig_.invoker.answer(records, kind);
  }

  void check_invoked(const std::string& expected) {
    const auto all = rig_.invoker.invocations();
    if (expected.empty()) {
      CHECK(Words(all.begin() + static_cast<std::ptrdiff_t>(named_), all.end()) == Words{});
      return;
    }
    REQUIRE(named_ < all.size());
    CHECK(all[named_] == expected);
    named_ += 1;
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
  std::size_t named_ = 0;                           // invocations that the scenario has named
  bool finished_ = false;
};

Words words_of(std::string line) {
  std::istringstream stream(line.substr(0, line.find('#')));
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

void run_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  REQUIRE(file.good());
  Scenario scenario;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
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
