#include "emulator/function/output_log.h"

#include <unistd.h>

#include <cerrno>

#include "emulator/function/identifiers.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

// One drain takes at least what a pipe can hold (64 KiB) and yet ends, however fast the handler
// writes.
constexpr int kReadsPerDrain = 8;

}  // namespace

OutputLog::OutputLog(const FunctionConfig& function, const LogTargets& targets)
    : function_name_(function.name),
      stream_name_(make_log_stream_name(function)),
      filter_(function.logging, targets.words),
      recent_(targets.recent) {
  if (!targets.directory.empty())
    file_.emplace(targets.directory, log_group_of(function), stream_name_);
}

bool OutputLog::drain(int fd) {
  for (int reads = 0; reads < kReadsPerDrain; ++reads) {
    const auto got = ::read(fd, buffer_.data(), buffer_.size());
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    append({buffer_.data(), static_cast<std::size_t>(got)});
    if (static_cast<std::size_t>(got) < buffer_.size()) return true;
  }
  return true;
}

void OutputLog::append(std::string_view bytes) {
  handler_lines_.append(bytes, [this](std::string_view line) { emit(line); });
  write();
}

void OutputLog::add(const PlatformEvent& event) {
  handler_lines_.flush([this](std::string_view line) { emit(line); });
  if (const auto text = filter_.rendered(event, std::chrono::system_clock::now())) emit_line(*text);
}

void OutputLog::write() {
  if (gathered_.empty()) return;
  gathered_.pop_back();
  log::function_output(function_name_, gathered_);
  if (recent_ != nullptr) recent_->append(gathered_);
  if (file_) file_->append(gathered_);
  gathered_.clear();
}

std::string OutputLog::tail() const {
  return tail_with({});
}

std::string OutputLog::tail_with(std::initializer_list<PlatformEvent> events) const {
  std::string tail = tail_;
  const auto now = std::chrono::system_clock::now();
  for (const auto& event : events)
    if (const auto text = filter_.rendered(event, now)) tail.append(*text).push_back('\n');
  if (tail.size() > kLogTailBytes) tail.erase(0, tail.size() - kLogTailBytes);
  return tail;
}

void OutputLog::emit(std::string_view text) {
  if (observer_) observer_(text);
  if (filter_.keeps(text)) split_and_emit(text);
}

void OutputLog::extension_line(std::string_view text) {
  split_and_emit(text);
}

// AWS's clients write a carriage return where a message of several lines has its line ends, and it
// would send a terminal's cursor over the function's name.
void OutputLog::split_and_emit(std::string_view text) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  for (;;) {
    const auto end = text.find('\r');
    emit_line(text.substr(0, end));
    if (end == text.npos) return;
    text.remove_prefix(end + 1);
  }
}

void OutputLog::emit_line(std::string_view text) {
  gathered_.append(text).push_back('\n');
  if (text.size() > kLogTailBytes) {
    tail_.clear();
    tail_.append(text.substr(text.size() - kLogTailBytes));
  } else {
    tail_.append(text);
  }
  tail_.push_back('\n');
  if (tail_.size() > 4 * kLogTailBytes) tail_.erase(0, tail_.size() - kLogTailBytes);
}

}  // namespace emulator
