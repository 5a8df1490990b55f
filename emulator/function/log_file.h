// A log stream as a file: DIR/<log group>/<log stream>.log, with every write on its way to the disk
// at once. A disk that is full or a directory that cannot be written is one warning for the whole
// program, and costs lines of this file, nothing else.
//
// Owned by one environment and guarded by its lock.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "emulator/function/platform.h"

namespace emulator {

class LogFile {
 public:
  // Opens nothing before the first line.
  LogFile(const std::filesystem::path& directory, std::string_view group, std::string_view stream);

  void append(std::string_view lines);  // whole ones, without the last newline
  const std::filesystem::path& path() const { return path_; }

 private:
  bool open();
  void warn_once(int error) const;

  const std::filesystem::path path_;
  platform::Fd file_;
  std::string line_;  // of append, kept for its room
};

// A name of letters, digits, ".", "_" and "-", whatever stood in it: "/aws/lambda/orders" is
// "aws-lambda-orders", "2026/11/27/[$LATEST]4f…" is "2026-11-27-LATEST-4f…".
std::string file_name_of(std::string_view name);

}  // namespace emulator
