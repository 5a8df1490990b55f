#include "emulator/function/output_log.h"

#include <unistd.h>

#include <cerrno>

#include "emulator/observe/log.h"

namespace emulator {
namespace {

// One drain takes at least what a pipe can hold (64 KiB) and yet ends, however fast the handler
// writes.
constexpr int kReadsPerDrain = 8;

}  // namespace

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
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const bool whole = end != std::string_view::npos;
    const auto piece = bytes.substr(0, whole ? end : bytes.size());
    const auto room = kLineLimitBytes - partial_.size();
    if (piece.size() > room) {
      partial_.append(piece.substr(0, room));
      flush_partial();
      bytes.remove_prefix(room);
      continue;
    }
    bytes.remove_prefix(piece.size() + (whole ? 1 : 0));
    if (!whole) {
      partial_.append(piece);
    } else if (partial_.empty()) {
      emit(piece);
    } else {
      partial_.append(piece);
      emit(partial_);
      partial_.clear();
    }
  }
  write_out();
}

void OutputLog::lines(std::initializer_list<std::string_view> texts) {
  flush_partial();
  for (const auto text : texts) emit(text);
  write_out();
}

void OutputLog::write_out() {
  if (gathered_.empty()) return;
  gathered_.pop_back();
  log::function_output(function_name_, gathered_);
  gathered_.clear();
}

std::string OutputLog::tail() const {
  return tail_.size() <= kLogTailBytes ? tail_ : tail_.substr(tail_.size() - kLogTailBytes);
}

// AWS's clients write a carriage return where a message of several lines has its line ends, and it
// would send a terminal's cursor over the function's name.
void OutputLog::emit(std::string_view text) {
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

void OutputLog::flush_partial() {
  if (partial_.empty()) return;
  emit(partial_);
  partial_.clear();
}

}  // namespace emulator
