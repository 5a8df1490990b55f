#include "tests/simulation/plan.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace emulator::simulation {
namespace {

constexpr std::array<std::string_view, 4> kDestinations{"none", "kafka", "sqs", "s3"};
constexpr std::array<std::string_view, 9> kReplies{
    "ok",    "error",      "throttled",     "service_error",  "cancelled",
    "items", "items_flat", "items_unknown", "items_malformed"};

struct StepName {
  std::string_view text;
  int arguments;
};
constexpr std::array<StepName, 15> kSteps{{{"start", 1},
                                           {"turn", 1},
                                           {"tick", 1},
                                           {"produce", 1},
                                           {"answer", 3},
                                           {"deliver", 2},
                                           {"give", 2},
                                           {"revoke", 1},
                                           {"bounce", 1},
                                           {"steal", 2},
                                           {"refuse", 1},
                                           {"break", 2},
                                           {"finish", 1},
                                           {"abandon", 1},
                                           {"crash", 1}}};

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& names, const std::string& word) {
  const auto* const found = std::find(names.begin(), names.end(), word);
  if (found == names.end()) throw std::invalid_argument("no such word: " + word);
  return static_cast<std::size_t>(found - names.begin());
}

// Calls visit(name, number) for every setting that is a number or yes and no.
template <class SettingsType, class Visit>
void visit_settings(SettingsType& settings, Visit visit) {
  visit("partitions", settings.partitions);
  visit("batch_size", settings.batch_size);
  visit("window_ms", settings.window_ms);
  visit("retry_limit", settings.retry_limit);
  visit("record_age_s", settings.record_age_s);
  visit("bisects", settings.bisects);
  visit("partial_responses", settings.partial_responses);
  visit("strict", settings.strict);
  visit("filters", settings.filters);
  visit("max_concurrency", settings.max_concurrency);
  visit("fault_seed", settings.fault_seed);
}

template <class T>
T read(std::istream& words) {
  T value{};
  if (!(words >> value)) throw std::invalid_argument("a number is missing");
  return value;
}

LogRecord read_record(std::istream& words) {
  LogRecord record;
  record.partition = read<std::int32_t>(words);
  record.offset = read<std::int64_t>(words);
  for (std::string word; words >> word;) {
    if (word == "filtered") {
      record.passes = false;
    } else if (word == "oversize") {
      record.oversize = true;
    } else if (word == "age_ms") {
      record.age_ms = read<std::int64_t>(words);
    } else {
      throw std::invalid_argument("no such word: " + word);
    }
  }
  return record;
}

bool read_setting(Settings& settings, const std::string& name, std::istream& words) {
  if (name == "destination") {
    settings.destination =
        static_cast<Destination>(index_of(kDestinations, read<std::string>(words)));
    return true;
  }
  bool found = false;
  visit_settings(settings, [&](std::string_view known, auto& value) {
    if (known != name) return;
    found = true;
    value = read<std::decay_t<decltype(value)>>(words);
  });
  return found;
}

Step read_step(const std::string& name, std::istream& words) {
  const auto* const found = std::find_if(kSteps.begin(), kSteps.end(),
                                         [&](const StepName& known) { return known.text == name; });
  if (found == kSteps.end()) throw std::invalid_argument("no such step: " + name);
  Step step;
  step.kind = static_cast<Step::Kind>(found - kSteps.begin());
  step.a = read<std::int64_t>(words);
  if (step.kind == Step::Kind::Answer) {
    step.b = static_cast<std::int64_t>(index_of(kReplies, read<std::string>(words)));
    step.c = read<std::uint64_t>(words);
  } else if (found->arguments > 1) {
    step.b = read<std::int64_t>(words);
  }
  return step;
}

void read_line(Plan& plan, const std::string& line) {
  std::istringstream words(line);
  std::string name;
  words >> name;
  if (name == "record") {
    plan.records.push_back(read_record(words));
  } else if (name == "fault") {
    plan.faults.push_back(line.substr(line.find("fault") + 6));
  } else if (!read_setting(plan.settings, name, words)) {
    plan.steps.push_back(read_step(name, words));
  }
}

}  // namespace

std::string to_text(const Plan& plan) {
  std::ostringstream text;
  visit_settings(plan.settings,
                 [&](std::string_view name, auto value) { text << name << ' ' << value << '\n'; });
  text << "destination " << kDestinations.at(static_cast<std::size_t>(plan.settings.destination))
       << '\n';
  for (const LogRecord& record : plan.records) {
    text << "record " << record.partition << ' ' << record.offset;
    if (record.age_ms != 0) text << " age_ms " << record.age_ms;
    text << (record.passes ? "" : " filtered") << (record.oversize ? " oversize" : "") << '\n';
  }
  for (const std::string& fault : plan.faults) text << "fault " << fault << '\n';
  for (const Step& step : plan.steps) {
    const StepName& name = kSteps.at(static_cast<std::size_t>(step.kind));
    text << name.text << ' ' << step.a;
    if (step.kind == Step::Kind::Answer) {
      text << ' ' << kReplies.at(static_cast<std::size_t>(step.b)) << ' ' << step.c;
    } else if (name.arguments > 1) {
      text << ' ' << step.b;
    }
    text << '\n';
  }
  return text.str();
}

Plan read_plan(std::istream& text) {
  Plan plan;
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    line.erase(std::min(line.find('#'), line.size()));
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      read_line(plan, line);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("line " + std::to_string(number) + ": " + error.what());
    }
  }
  return plan;
}

}  // namespace emulator::simulation
