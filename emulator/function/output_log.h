// One log stream: what a handler prints, cut into lines, together with the events of the platform,
// as the function's LoggingConfig wants them. Each line goes to klambda's log behind the function's
// name, to the function's recent log and, where there is one, to the stream's file; the last 4 KiB
// of the present invocation are kept for its caller.
//
// Owned by one environment and guarded by its lock.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/config/model.h"
#include "emulator/function/line_cutter.h"
#include "emulator/function/log_file.h"
#include "emulator/function/log_filter.h"
#include "emulator/function/platform_event.h"
#include "emulator/function/recent_log.h"

namespace emulator {

inline constexpr std::size_t kLogTailBytes = 4096;  // LogResult, docs API_Invoke.html

// Where the lines go beside klambda's own log.
struct LogTargets {
  std::filesystem::path directory{};    // of log files; empty: none are written
  std::shared_ptr<RecentLog> recent{};  // of the function; may be none
  LogWords words = LogWords::Lambda;
};

class OutputLog {
 public:
  OutputLog(const FunctionConfig& function, const LogTargets& targets);

  const std::string& stream_name() const { return stream_name_; }  // of CloudWatch

  // Takes what the pipe holds now, never waiting. False at its end.
  bool drain(int fd);
  void append(std::string_view bytes);

  // An unfinished line of the handler ends before it. Appears with the next write().
  void add(const PlatformEvent& event);
  void write();
  // The tail begins anew.
  void start_invocation() { tail_.clear(); }
  std::string tail() const;
  // What the tail would be with these events behind it.
  std::string tail_with(std::initializer_list<PlatformEvent> events) const;

  // Called with each line of the handler's, as it printed it.
  void observe_lines(std::function<void(std::string_view)> observer) {
    observer_ = std::move(observer);
  }
  // A line of an extension's, which stands in the same stream. Appears with the next write().
  void extension_line(std::string_view text);

 private:
  void emit(std::string_view text);
  void emit_line(std::string_view text);
  void split_and_emit(std::string_view text);

  const std::string function_name_;
  const std::string stream_name_;
  const LogFilter filter_;
  const std::shared_ptr<RecentLog> recent_;
  std::optional<LogFile> file_;
  std::function<void(std::string_view)> observer_;  // may be empty
  LineCutter handler_lines_;
  std::string gathered_;  // whole lines that one call brought, for one write
  std::string tail_;
  std::array<char, 16 * 1024> buffer_;
};

}  // namespace emulator
