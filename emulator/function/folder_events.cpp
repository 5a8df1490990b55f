#include "emulator/function/folder_events.h"

#include "emulator/function/directory_watch.h"

#ifdef __linux__
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>
#endif

namespace emulator::platform {

namespace fs = std::filesystem;

#ifdef __linux__

namespace {

constexpr std::uint32_t kContents =
    IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr std::uint32_t kGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

bool is_below(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

}  // namespace

std::unique_ptr<FolderEvents> FolderEvents::make(const fs::path& root) {
  std::error_code error;
  if (!fs::is_directory(root, error)) return nullptr;
  Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (fd.get() == -1) return nullptr;
  std::unique_ptr<FolderEvents> events(new FolderEvents(std::move(fd), root));
  return events->add("") ? std::move(events) : nullptr;
}

bool FolderEvents::add(const fs::path& relative) {
  const auto folder = relative.empty() ? root_ : root_ / relative;
  // Before the folder is read: what is made meanwhile is an event or among what is read.
  const auto wanted =
      kContents | IN_ONLYDIR | (relative.empty() ? IN_DELETE_SELF | IN_MOVE_SELF : 0U);
  const int watch = ::inotify_add_watch(fd_.get(), folder.c_str(), wanted);
  // One that has gone again is no loss.
  if (watch == -1) return !relative.empty() && (errno == ENOENT || errno == ENOTDIR);
  folders_[watch] = relative;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = relative / entry.path().filename();
    if (entry.symlink_status(error).type() != fs::file_type::directory || !is_watched_path(name))
      continue;
    if (!add(name)) return false;
  }
  return true;
}

void FolderEvents::remove(const fs::path& relative) {
  std::erase_if(folders_, [&](const auto& folder) {
    if (!is_below(folder.second, relative)) return false;
    ::inotify_rm_watch(fd_.get(), folder.first);
    return true;
  });
}

FolderEvents::News FolderEvents::read() {
  News news;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  for (;;) {
    const auto got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got <= 0) return news;
    std::size_t at = 0;
    while (at < static_cast<std::size_t>(got)) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* const name = buffer.data() + at + sizeof event;
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        news = {true, false};
        continue;
      }
      const auto folder = folders_.find(event.wd);
      if (folder == folders_.end()) continue;
      if ((event.mask & kGone) != 0) {
        if (folder->second.empty()) news = {true, false};
        folders_.erase(folder);
        continue;
      }
      const auto path = event.len == 0 ? folder->second : folder->second / name;
      if (!is_watched_path(path) || is_own_output(root_ / path)) continue;
      news.changed = true;
      if ((event.mask & IN_ISDIR) == 0) continue;
      if ((event.mask & IN_MOVED_FROM) != 0) remove(path);
      if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0 && !add(path)) news.complete = false;
    }
  }
}

#else

std::unique_ptr<FolderEvents> FolderEvents::make(const fs::path&) {
  return nullptr;
}
bool FolderEvents::add(const fs::path&) {
  return false;
}
void FolderEvents::remove(const fs::path&) {}
FolderEvents::News FolderEvents::read() {
  return {};
}

#endif

}  // namespace emulator::platform
