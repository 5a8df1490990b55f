#include "emulator/function/environment_tmp.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace emulator {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPrefix = "klambda-tmp-";
constexpr const char* kLock = "lock";

bool try_lock(const platform::Fd& file) {
  return file.get() != -1 && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

// The file gets its name once it is locked, so that nobody finds it without its owner.
platform::Fd lock_new(const fs::path& home) {
  const fs::path unnamed = home / "lock.new";
  platform::Fd file(::open(unnamed.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!try_lock(file) || ::rename(unnamed.c_str(), (home / kLock).c_str()) != 0) return {};
  return file;
}

// Others may write to the directory of temporary ones, and leave there what they like.
bool is_own_directory(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid();
}

// Whether the locked file is still what its name leads to: somebody else may have swept meanwhile.
bool is_present(const platform::Fd& file, const fs::path& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(file.get(), &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

// The lock goes last: a sweep that is killed itself is finished by the next one.
bool sweep(const fs::path& home) {
  const platform::Fd lock(::open((home / kLock).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!try_lock(lock) || !is_present(lock, home / kLock)) return false;
  std::error_code error;
  for (fs::directory_iterator each(home, error), end; !error && each != end;
       each.increment(error)) {
    if (each->path().filename() != kLock) EnvironmentTmps::remove(each->path());
  }
  EnvironmentTmps::remove(home);
  return true;
}

}  // namespace

EnvironmentTmps::~EnvironmentTmps() {
  if (!home_.empty()) remove(home_);
}

fs::path EnvironmentTmps::take() {
  const std::lock_guard lock(mutex_);
  if (!kept_.empty()) {
    auto directory = std::move(kept_.back());
    kept_.pop_back();
    return directory;
  }
  const auto fail = [](const fs::path& directory) {
    throw std::system_error(errno, std::generic_category(), "cannot make " + directory.string());
  };
  if (home_.empty()) {
    std::string name = (fs::temp_directory_path() / kPrefix).string() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) fail(name);
    home_ = std::move(name);
    lock_ = lock_new(home_);
  }
  auto directory = home_ / std::to_string(++made_);
  if (::mkdir(directory.c_str(), S_IRWXU) != 0) fail(directory);
  return directory;
}

void EnvironmentTmps::keep_for_next(fs::path directory) {
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::move(directory));
}

void EnvironmentTmps::remove(const fs::path& directory) {
  std::error_code error;
  fs::remove_all(directory, error);
  if (!error) return;
  // A directory that its function has closed to itself.
  for (fs::recursive_directory_iterator each(directory, error), end; !error && each != end;
       each.increment(error)) {
    if (each->is_directory(error)) ::chmod(each->path().c_str(), S_IRWXU);
  }
  fs::remove_all(directory, error);
}

std::size_t sweep_environment_tmps() {
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

std::uintmax_t bytes_in(const fs::path& directory) {
  std::uintmax_t bytes = 0;
  std::error_code error;
  constexpr auto kSkip = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator each(directory, kSkip, error), end; !error && each != end;
       each.increment(error)) {
    struct stat status {};
    // By blocks: a file with holes holds what it uses.
    if (::lstat(each->path().c_str(), &status) == 0 && S_ISREG(status.st_mode))
      bytes += static_cast<std::uintmax_t>(status.st_blocks) * 512;
  }
  return bytes;
}

}  // namespace emulator
