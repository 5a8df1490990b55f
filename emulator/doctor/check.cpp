#include "emulator/doctor/check.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "emulator/config/text.h"

namespace emulator {
namespace {

using State = Check::State;
using Json = nlohmann::ordered_json;

const char* mark_of(State state, Marks marks) {
  const bool unicode = marks == Marks::Unicode;
  switch (state) {
    case State::Good:
      return unicode ? "✓" : "+";
    case State::Bad:
      return unicode ? "✗" : "x";
    case State::Skipped:
      break;
  }
  return "-";
}

const char* word_of(State state) {
  switch (state) {
    case State::Good:
      return "good";
    case State::Bad:
      return "bad";
    case State::Skipped:
      break;
  }
  return "skipped";
}

bool all_well(const std::vector<Examination>& examinations) {
  return std::all_of(examinations.begin(), examinations.end(),
                     [](const Examination& one) { return one.is_well(); });
}

std::string conclusion(const std::vector<Examination>& examinations) {
  std::uint64_t bad = 0;
  std::uint64_t skipped = 0;
  for (const auto& examination : examinations) {
    for (const auto& check : examination.checks()) {
      if (check.state == State::Bad) ++bad;
      if (check.state == State::Skipped) ++skipped;
    }
  }
  if (bad == 0) return "all is well";
  return counted(bad, "problem") +
         (skipped == 0 ? "" : ", " + counted(skipped, "step") + " not taken because of that");
}

}  // namespace

Check Check::good(std::string text) {
  return {State::Good, std::move(text), {}};
}

Check Check::bad(std::string text, std::string remedy) {
  return {State::Bad, std::move(text), std::move(remedy)};
}

Check Check::bad_line(std::string_view line, std::string_view mark) {
  const auto place = line.rfind(mark);
  if (place == std::string_view::npos) return bad(std::string(line), {});
  return bad(std::string(line.substr(0, place)), std::string(line.substr(place + mark.size())));
}

bool Examination::look(const std::string& name, std::initializer_list<std::string_view> needs,
                       const std::function<Check()>& step) {
  const auto hindrance = std::find_if(checks_.begin(), checks_.end(), [&](const Check& check) {
    return check.state != State::Good &&
           std::find(needs.begin(), needs.end(), check.name) != needs.end();
  });
  Check check = hindrance == checks_.end()
                    ? step()
                    : Check{State::Skipped, "not looked at because of: " + hindrance->name, {}};
  check.name = name;
  checks_.push_back(std::move(check));
  return checks_.back().state == State::Good;
}

bool Examination::is_well() const {
  return std::none_of(checks_.begin(), checks_.end(),
                      [](const Check& check) { return check.state == State::Bad; });
}

std::string as_text(const std::vector<Examination>& examinations, Marks marks) {
  std::size_t width = 0;
  for (const auto& examination : examinations)
    for (const auto& check : examination.checks()) width = std::max(width, check.name.size());
  const char* const arrow = marks == Marks::Unicode ? "→ " : "> ";
  std::string text;
  for (const auto& examination : examinations) {
    text += examination.subject() + "\n";
    for (const auto& check : examination.checks()) {
      text += std::string("  ") + mark_of(check.state, marks) + " " + check.name +
              std::string(width - check.name.size() + 2, ' ') + check.text + "\n";
      if (!check.remedy.empty()) text += std::string(width + 6, ' ') + arrow + check.remedy + "\n";
    }
    text += "\n";
  }
  return text + conclusion(examinations) + "\n";
}

std::string as_json(const std::vector<Examination>& examinations) {
  Json list = Json::array();
  for (const auto& examination : examinations) {
    Json checks = Json::array();
    for (const auto& check : examination.checks()) {
      Json one{{"name", check.name}, {"state", word_of(check.state)}, {"text", check.text}};
      if (!check.remedy.empty()) one["remedy"] = check.remedy;
      checks.push_back(std::move(one));
    }
    list.push_back(Json{{"subject", examination.subject()},
                        {"ok", examination.is_well()},
                        {"checks", std::move(checks)}});
  }
  const Json all{{"ok", all_well(examinations)}, {"examinations", std::move(list)}};
  // Texts may hold what a broker or a file says, in any encoding.
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace emulator
