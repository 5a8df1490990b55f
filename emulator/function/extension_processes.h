// The external extensions of one environment: which programs they are, their processes, what they
// print (docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
//
// Threads: the environment's own alone; the processes die with it. Lifetime: the environment's; the
// destructor kills what is left.
#pragma once

#include <poll.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/function/line_cutter.h"
#include "emulator/function/process.h"
#include "emulator/function/runtimes.h"

namespace emulator {

struct ExtensionFile {
  std::string name;  // the file's, by which it registers
  std::filesystem::path path;
};

// The files directly in `extensions` of the function's layers, and `more` (--extension); by name.
// Throws ConfigError when two have the same name.
std::vector<ExtensionFile> find_extensions(const FunctionConfig& function,
                                           const std::vector<std::filesystem::path>& more);

// The command of one: the runtime's environment without what only a runtime gets (docs
// configuration-envvars.html).
LaunchPlan extension_plan(const LaunchPlan& runtime, const ExtensionFile& file);

class ExtensionProcesses {
 public:
  struct LaunchFailed {
    std::string name;
    std::string error_type;  // as platform.extension has it
    std::string message;     // one line
    bool given_up = false;   // as LaunchFailure
  };
  // Starts them one after the other; ends at the first that does not start.
  std::optional<LaunchFailed> launch(const std::vector<ExtensionFile>& files,
                                     const LaunchPlan& runtime, const std::string& runtime_api,
                                     const std::function<bool()>& begin);

  bool empty() const { return members_.empty(); }
  // What is to be waited for: their output and their ends.
  void add_to(std::vector<pollfd>& fds) const;
  // False where the system cannot tell of an end by a descriptor: it is to be asked for.
  bool ends_can_be_polled() const;

  // Calls take(name, line) for what they have printed.
  template <class Take>
  void drain(const Take& take) {
    for (auto& member : members_) {
      const auto take_line = [&](std::string_view line) { take(member.name, line); };
      for (int reads = 0; reads < kReadsPerDrain; ++reads) {
        const auto bytes = read(member);
        if (!bytes) break;
        member.lines.append(*bytes, take_line);
      }
      if (!member.output_open) member.lines.flush(take_line);
    }
  }

  struct Ended {
    std::string name;
    ExitStatus exit;
  };
  // One that has ended by itself, reaped; each once.
  std::optional<Ended> next_ended();
  bool all_ended() const;
  // All but those named.
  void kill_all_but(const std::vector<std::string>& names);
  // Between invocations, with --freeze.
  void set_stopped(bool stopped);
  // Kills what is left of each group, and waits for it.
  void end_all();

 private:
  // One that prints without end must not keep the others waiting.
  static constexpr int kReadsPerDrain = 8;

  struct Member {
    std::string name;
    std::unique_ptr<Process> process;
    LineCutter lines;
    bool output_open = true;
    bool ended = false;
  };
  // What can be read at this moment; valid until the next call. nullopt: nothing.
  std::optional<std::string_view> read(Member& member);

  std::vector<Member> members_;
  bool stopped_ = false;
  std::vector<char> buffer_;
};

}  // namespace emulator
