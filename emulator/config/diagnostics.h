// Where a reader's complaints go: warnings are collected, errors thrown, both with file and line in
// front. Lives as long as one template is read.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "emulator/config/model.h"

namespace emulator {

class Diagnostics {
 public:
  explicit Diagnostics(std::string file) : file_(std::move(file)) {}

  std::string at(int line) const { return file_ + ":" + std::to_string(line); }

  void warn(int line, const std::string& what) { warn_at(at(line), what); }
  void warn_at(const std::string& where, const std::string& what) {
    std::string warning = where + ": " + what;
    // One place can be read several times (Globals, once for each function): it is said once.
    if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end())
      warnings_.push_back(std::move(warning));
  }

  [[noreturn]] void fail(int line, const std::string& what) const {
    throw ConfigError(at(line) + ": " + what);
  }
  [[noreturn]] void fail(const std::string& what) const { throw ConfigError(file_ + ": " + what); }

  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  std::string file_;
  std::vector<std::string> warnings_;
};

}  // namespace emulator
