#include "emulator/function/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <cerrno>
#include <system_error>

#include "emulator/observe/log.h"

namespace emulator {

std::string file_name_of(std::string_view name) {
  std::string safe;
  for (const char each : name) {
    const bool keeps = std::isalnum(static_cast<unsigned char>(each)) != 0 || each == '.' ||
                       each == '_' || each == '-';
    if (keeps) {
      // No name of a file begins with a point: neither hidden files nor directories above.
      safe.push_back(safe.empty() && each == '.' ? '-' : each);
    } else if (!safe.empty() && safe.back() != '-') {
      safe.push_back('-');
    }
  }
  return safe.empty() ? "-" : safe;
}

LogFile::LogFile(const std::filesystem::path& directory, std::string_view group,
                 std::string_view stream)
    : path_(directory / file_name_of(group) / (file_name_of(stream) + ".log")) {}

bool LogFile::open() {
  std::error_code error;
  std::filesystem::create_directories(path_.parent_path(), error);
  file_ = platform::Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  return file_.get() != -1;
}

void LogFile::append(std::string_view lines) {
  if (file_.get() == -1 && !open()) return warn_once(errno);
  line_.assign(lines).push_back('\n');
  std::string_view rest = line_;
  while (!rest.empty()) {
    const auto written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return warn_once(written < 0 ? errno : ENOSPC);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void LogFile::warn_once(int error) const {
  static std::atomic<bool> warned{false};
  if (warned.exchange(true)) return;
  log::warn("--log-dir: cannot write {}: {}: lines are missing in log files from now on",
            path_.string(), std::generic_category().message(error));
}

}  // namespace emulator
