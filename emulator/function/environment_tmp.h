// The /tmp of execution environments: a directory each, as TMPDIR, whose content outlives a reset
// of its environment and nothing else (docs lambda-runtime-environment.html). It stands in for /tmp
// where programs ask for a temporary directory; who writes to "/tmp" by that name writes to this
// machine's.
//
// They lie in one directory of the pool's, klambda-tmp-XXXXXX among the system's temporary ones,
// with a file that klambda holds locked: what a klambda that was killed has left is known by its
// lock, which nobody holds.
//
// Threads: any. Lifetime: the pool's; the destructor removes every directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <vector>

#include "emulator/function/platform.h"

namespace emulator {

class EnvironmentTmps {
 public:
  EnvironmentTmps() = default;
  ~EnvironmentTmps();
  EnvironmentTmps(const EnvironmentTmps&) = delete;
  EnvironmentTmps& operator=(const EnvironmentTmps&) = delete;

  // That of an environment that was reset, else a new one. Throws std::system_error when none can
  // be made.
  std::filesystem::path take();
  void keep_for_next(std::filesystem::path directory);  // after a reset
  static void remove(const std::filesystem::path& directory);

 private:
  std::mutex mutex_;
  // guarded by mutex_
  std::filesystem::path home_;  // empty: none is made yet
  platform::Fd lock_;           // of home_; none where the file system has no locks
  int made_ = 0;
  std::vector<std::filesystem::path> kept_;
};

// Removes what klambdas of this user have left that run no more; how many directories of pools.
std::size_t sweep_environment_tmps();

// Of all the files in it; what goes while they are counted counts as it comes.
std::uintmax_t bytes_in(const std::filesystem::path& directory);

}  // namespace emulator
