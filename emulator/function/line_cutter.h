// Bytes of a pipe, cut into lines. Owned by whoever reads the pipe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace emulator {

// CloudWatch's largest event (docs AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html); longer
// lines come in pieces.
inline constexpr std::size_t kLineLimitBytes = 256u * 1024;

class LineCutter {
 public:
  // Calls take(std::string_view) with each whole line, without its end.
  template <class Take>
  void append(std::string_view bytes, const Take& take) {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      const bool whole = end != std::string_view::npos;
      const auto piece = bytes.substr(0, whole ? end : bytes.size());
      const auto room = kLineLimitBytes - partial_.size();
      if (piece.size() > room) {
        partial_.append(piece.substr(0, room));
        flush(take);
        bytes.remove_prefix(room);
        continue;
      }
      bytes.remove_prefix(piece.size() + (whole ? 1 : 0));
      if (!whole) {
        partial_.append(piece);
      } else if (partial_.empty()) {
        take(piece);
      } else {
        partial_.append(piece);
        flush(take);
      }
    }
  }

  // The line that has not ended, if there is one.
  template <class Take>
  void flush(const Take& take) {
    if (partial_.empty()) return;
    take(std::string_view(partial_));
    partial_.clear();
  }

 private:
  std::string partial_;
};

}  // namespace emulator
