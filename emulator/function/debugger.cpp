#include "emulator/function/debugger.h"

#include <array>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/function/process_group.h"

namespace emulator {
namespace {

// A thread that only looks whether its debugger has a wish uses no more of 100 ms.
constexpr long long kIdleTicksMax = 1;

struct Stat {
  char state = '?';
  long long cpu_ticks = 0;
};

// man 5 proc: "pid (name) state …", utime and stime the 14th and 15th.
Stat stat_of(pid_t pid) {
  const auto text = proc_text(pid, "stat");
  const auto name_end = text.rfind(')');
  Stat stat;
  if (name_end == std::string::npos) return stat;
  std::istringstream words(text.substr(name_end + 1));
  words >> stat.state;
  std::string skipped;
  for (int i = 0; i < 10; ++i) words >> skipped;
  long long user = 0;
  long long system = 0;
  words >> user >> system;
  stat.cpu_ticks = user + system;
  return stat;
}

bool has_tracer(pid_t pid) {
  constexpr std::string_view kKey = "TracerPid:\t";
  const auto status = proc_text(pid, "status");
  const auto at = status.find(kKey);
  return at != std::string::npos && status.compare(at + kKey.size(), 2, "0\n") != 0;
}

}  // namespace

bool DebuggerWatch::has_inner_debugger() {
  if (inner_debugger_) return true;
  constexpr std::array<std::pair<const char*, std::string_view>, 7> kSigns{{
      {"cmdline", "--inspect"},
      {"cmdline", "debugpy"},
      {"cmdline", "pydevd"},
      {"cmdline", "jdwp"},
      {"environ", "--inspect"},
      {"environ", "jdwp"},
      {"maps", "pydevd"},
  }};
  for (const auto& [file, sign] : kSigns) {
    if (proc_text(pid_, file).find(sign) != std::string::npos) inner_debugger_ = true;
  }
  return inner_debugger_;
}

bool DebuggerWatch::stands_still() {
  const auto stat = stat_of(pid_);
  const auto before = cpu_ticks_;
  cpu_ticks_ = stat.cpu_ticks;
  if (stat.state == 'T' || stat.state == 't' || has_tracer(pid_)) return true;
  return before >= 0 && stat.cpu_ticks - before <= kIdleTicksMax && has_inner_debugger();
}

}  // namespace emulator
