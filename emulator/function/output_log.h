// What a handler prints, cut into lines, together with the lines that AWS adds: each goes to the
// log behind the function's name, and the last 4 KiB of the present invocation are kept for its
// caller.
//
// Owned by one environment and guarded by its lock.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace emulator {

// CloudWatch's largest event (docs AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html); longer
// lines come in pieces.
inline constexpr std::size_t kLineLimitBytes = 256u * 1024;
inline constexpr std::size_t kLogTailBytes = 4096;  // LogResult, docs API_Invoke.html

class OutputLog {
 public:
  explicit OutputLog(std::string function_name) : function_name_(std::move(function_name)) {}

  // Takes what the pipe holds now, never waiting. False at its end.
  bool drain(int fd);
  void append(std::string_view bytes);

  // Lines of AWS's or klambda's; an unfinished line of the handler ends before them.
  void lines(std::initializer_list<std::string_view> texts);
  // The tail begins anew.
  void start_invocation() { tail_.clear(); }
  std::string tail() const;

 private:
  void emit(std::string_view text);
  void emit_line(std::string_view text);
  void flush_partial();
  void write_out();

  const std::string function_name_;
  std::string partial_;   // of a line that has not ended
  std::string gathered_;  // whole lines that one call brought, for one write
  std::string tail_;
  std::array<char, 16 * 1024> buffer_;
};

}  // namespace emulator
