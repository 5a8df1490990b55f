// The /tmp of execution environments: a directory each, as TMPDIR, whose content outlives a reset
// of its environment and nothing else (docs lambda-runtime-environment.html). It stands in for /tmp
// where programs ask for a temporary directory; who writes to "/tmp" by that name writes to this
// machine's.
//
// Threads: any. Lifetime: the pool's; the destructor removes every directory, and what a klambda
// that was killed has left goes as TemporaryHome says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <vector>

#include "emulator/config/temporary_home.h"

namespace emulator {

class EnvironmentTmps {
 public:
  // That of an environment that was reset, else a new one. Throws std::system_error when none can
  // be made.
  std::filesystem::path take();
  void keep_for_next(std::filesystem::path directory);  // after a reset

 private:
  std::mutex mutex_;
  // guarded by mutex_
  std::optional<TemporaryHome> home_;  // with the first
  int made_ = 0;
  std::vector<std::filesystem::path> kept_;
};

// Of all the files in it; what goes while they are counted counts as it comes.
std::uintmax_t bytes_in(const std::filesystem::path& directory);

}  // namespace emulator
