// A directory klambda-tmp-XXXXXX among the system's temporary ones, for what lives as long as its
// owner. A file in it is held locked: what a klambda that was killed has left is known by its lock,
// which nobody holds.
//
// Threads: any for the functions; the object is constant after construction.
// Lifetime: the destructor removes the directory with all that is in it.
#pragma once

#include <cstddef>
#include <filesystem>

namespace emulator {

class TemporaryHome {
 public:
  TemporaryHome();  // throws std::system_error
  ~TemporaryHome();
  TemporaryHome(const TemporaryHome&) = delete;
  TemporaryHome& operator=(const TemporaryHome&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;  // none where the file system has no locks
};

// Removes what klambdas of this user have left that run no more; how many homes.
std::size_t sweep_temporary_homes();

// Also directories that were closed to their own user. What cannot be removed stays.
void remove_directory(const std::filesystem::path& directory);

}  // namespace emulator
