#include "emulator/package/durable.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace emulator {
namespace {

namespace fs = std::filesystem;

class OpenFile {
 public:
  OpenFile(const fs::path& path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    check(fd_);
  }
  ~OpenFile() { ::close(fd_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }
  void check(ssize_t result) const {
    if (result < 0) throw std::system_error(errno, std::generic_category(), path_.string());
  }

 private:
  const fs::path path_;
  const int fd_;
};

}  // namespace

void write_new_file(const fs::path& path, std::string_view bytes) {
  const OpenFile file(path, O_WRONLY | O_CREAT | O_EXCL);
  while (!bytes.empty()) {
    const auto written = ::write(file.fd(), bytes.data(), bytes.size());
    file.check(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void flush_file_system(const fs::path& path) {
  const OpenFile directory(path, O_RDONLY | O_DIRECTORY);
#ifdef __linux__
  directory.check(::syncfs(directory.fd()));
#else
  ::sync();
#endif
}

void flush_directory(const fs::path& directory) {
  const OpenFile opened(directory, O_RDONLY | O_DIRECTORY);
  opened.check(::fsync(opened.fd()));
}

}  // namespace emulator
