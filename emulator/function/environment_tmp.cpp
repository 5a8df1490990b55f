#include "emulator/function/environment_tmp.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace emulator {

namespace fs = std::filesystem;

EnvironmentTmps::~EnvironmentTmps() {
  for (const auto& directory : kept_) remove(directory);
}

fs::path EnvironmentTmps::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!kept_.empty()) {
      auto directory = std::move(kept_.back());
      kept_.pop_back();
      return directory;
    }
  }
  std::string name = (fs::temp_directory_path() / "klambda-tmp-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), "cannot make " + name);
  return name;
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
