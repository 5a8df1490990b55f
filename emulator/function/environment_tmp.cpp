#include "emulator/function/environment_tmp.h"

#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace emulator {

namespace fs = std::filesystem;

fs::path EnvironmentTmps::take() {
  const std::lock_guard lock(mutex_);
  if (!kept_.empty()) {
    auto directory = std::move(kept_.back());
    kept_.pop_back();
    return directory;
  }
  if (!home_) home_.emplace();
  auto directory = home_->path() / std::to_string(++made_);
  if (::mkdir(directory.c_str(), S_IRWXU) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot make " + directory.string());
  return directory;
}

void EnvironmentTmps::keep_for_next(fs::path directory) {
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::move(directory));
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
