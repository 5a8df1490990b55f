// What `klambda doctor` has looked at and what it found, and how that is shown. Plain values and
// pure functions; one thread an examination.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

// One step. Texts are single lines and hold no secret.
struct Check {
  enum class State { Good, Bad, Skipped };
  State state = State::Good;
  std::string text;    // what was found
  std::string remedy;  // of Bad: how to mend it
  std::string name{};  // "port", "TLS", …; filled in by Examination

  static Check good(std::string text);
  static Check bad(std::string text, std::string remedy);
  // A line that says what is wrong and ends with how to mend it, behind the last of the marks in
  // it.
  static Check bad_line(std::string_view line, std::string_view mark);
};

// All steps of one mapping, in the order in which they are shown.
class Examination {
 public:
  explicit Examination(std::string subject) : subject_(std::move(subject)) {}

  // Takes the step, unless one of those that it needs was not good: then it is shown as skipped. A
  // name that was not looked at at all is no hindrance. Whether the step is good.
  bool look(const std::string& name, std::initializer_list<std::string_view> needs,
            const std::function<Check()>& step);

  const std::string& subject() const { return subject_; }
  const std::vector<Check>& checks() const { return checks_; }
  bool is_well() const;

 private:
  std::string subject_;
  std::vector<Check> checks_;
};

enum class Marks { Unicode, Ascii };  // Ascii: where the terminal's locale has no UTF-8
std::string as_text(const std::vector<Examination>& examinations, Marks marks);
// {"ok": …, "examinations": [{"subject", "ok", "checks": [{"name", "state", "text", "remedy"}]}]};
// state: "good", "bad" or "skipped"; remedy: of "bad" only.
std::string as_json(const std::vector<Examination>& examinations);

}  // namespace emulator
