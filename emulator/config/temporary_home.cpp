#include "emulator/config/temporary_home.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace emulator {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPrefix = "klambda-tmp-";
constexpr const char* kLock = "lock";

bool try_lock(int file) {
  return file != -1 && ::flock(file, LOCK_EX | LOCK_NB) == 0;
}

void close_file(int file) {
  if (file != -1) ::close(file);
}

// The file gets its name once it is locked, so that nobody finds it without its owner.
int lock_new(const fs::path& home) {
  const fs::path unnamed = home / "lock.new";
  const int file = ::open(unnamed.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (try_lock(file) && ::rename(unnamed.c_str(), (home / kLock).c_str()) == 0) return file;
  close_file(file);
  return -1;
}

// Others may write to the directory of temporary ones, and leave there what they like.
bool is_own_directory(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid();
}

// Whether the locked file is still what its name leads to: somebody else may have swept meanwhile.
bool is_present(int file, const fs::path& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(file, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

// The lock goes last: a sweep that is killed itself is finished by the next one.
bool sweep(const fs::path& home) {
  const int lock = ::open((home / kLock).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  const bool abandoned = try_lock(lock) && is_present(lock, home / kLock);
  if (abandoned) {
    std::error_code error;
    for (fs::directory_iterator each(home, error), end; !error && each != end;
         each.increment(error)) {
      if (each->path().filename() != kLock) remove_directory(each->path());
    }
    remove_directory(home);
  }
  close_file(lock);
  return abandoned;
}

}  // namespace

TemporaryHome::TemporaryHome() {
  std::string name = (fs::temp_directory_path() / kPrefix).string() + "XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), "cannot make " + name);
  path_ = std::move(name);
  lock_ = lock_new(path_);
}

TemporaryHome::~TemporaryHome() {
  remove_directory(path_);
  close_file(lock_);
}

std::size_t sweep_temporary_homes() {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator each(fs::temp_directory_path(error), error), end;
       !error && each != end; each.increment(error)) {
    const auto& path = each->path();
    if (path.filename().string().starts_with(kPrefix) && is_own_directory(path))
      found.push_back(path);
  }
  std::size_t swept = 0;
  for (const auto& home : found) swept += sweep(home) ? 1U : 0U;
  return swept;
}

void remove_directory(const fs::path& directory) {
  std::error_code error;
  fs::remove_all(directory, error);
  if (!error) return;
  for (fs::recursive_directory_iterator each(directory, error), end; !error && each != end;
       each.increment(error)) {
    // Not what a link leads to, which may be anybody's.
    if (each->symlink_status(error).type() == fs::file_type::directory)
      ::chmod(each->path().c_str(), S_IRWXU);
  }
  fs::remove_all(directory, error);
}

}  // namespace emulator
