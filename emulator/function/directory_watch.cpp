#include "emulator/function/directory_watch.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/function/folder_events.h"
#include "emulator/function/platform.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::array<std::string_view, 7> kIgnoredNames{
    ".git", ".klambda", "__pycache__", ".pytest_cache", ".mypy_cache", ".DS_Store", "4913"};
constexpr std::array<std::string_view, 7> kIgnoredEndings{
    ".swp", ".swo", ".swx", "~", "___jb_tmp___", "___jb_old___", ".log"};
constexpr std::array<std::string_view, 2> kIgnoredBeginnings{".#", "#"};

bool is_ignored(std::string_view name) {
  const auto ends = [name](std::string_view ending) { return name.ends_with(ending); };
  const auto begins = [name](std::string_view beginning) { return name.starts_with(beginning); };
  return std::find(kIgnoredNames.begin(), kIgnoredNames.end(), name) != kIgnoredNames.end() ||
         std::any_of(kIgnoredEndings.begin(), kIgnoredEndings.end(), ends) ||
         std::any_of(kIgnoredBeginnings.begin(), kIgnoredBeginnings.end(), begins);
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  // FNV-1a's step, for whole words.
  return (hash ^ value) * 0x100000001b3U;
}

// Another number when a file has come, gone, or changed its time, size or identity. The order in
// which the system lists files does not matter.
std::uint64_t fingerprint(const fs::path& root) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(root, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const auto relative = entry->path().lexically_relative(root);
    if (!is_watched_path(relative)) {
      entry.disable_recursion_pending();
      continue;
    }
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) != 0) continue;
    auto hash = mix(0xcbf29ce484222325U, std::hash<std::string>()(relative.string()));
    hash = mix(hash, static_cast<std::uint64_t>(status.st_mode));
    if (!S_ISDIR(status.st_mode) && !is_own_output(entry->path())) {
      hash = mix(hash, static_cast<std::uint64_t>(status.st_ino));
      hash = mix(hash, static_cast<std::uint64_t>(status.st_size));
      const auto modified = fs::last_write_time(entry->path(), error);
      if (!error) hash = mix(hash, static_cast<std::uint64_t>(modified.time_since_epoch().count()));
      error.clear();
    }
    sum += hash;
  }
  return sum + (fs::exists(root, error) ? 1 : 0);
}

struct Root {
  int count = 0;
  // What the system reports, else what was seen at the last look.
  std::shared_ptr<platform::FolderEvents> events;
  std::uint64_t seen = 0;
  bool may_have_events = true;                  // false: the system's limit is reached
  std::optional<Clock::time_point> changed_at;  // the last change that was not told yet
};

}  // namespace

bool is_own_output(const fs::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const auto goes_there = [&status](int output) {
    struct stat own {};
    return ::fstat(output, &own) == 0 && own.st_dev == status.st_dev && own.st_ino == status.st_ino;
  };
  return goes_there(STDOUT_FILENO) || goes_there(STDERR_FILENO);
}

bool is_watched_path(const fs::path& relative) {
  std::string before;
  for (const auto& component : relative) {
    auto name = component.string();
    if (is_ignored(name) || (before == "node_modules" && name == ".cache")) return false;
    before = std::move(name);
  }
  return true;
}

class DirectoryWatch::Impl {
 public:
  Impl(Changed changed, Options options)
      : changed_(std::move(changed)), options_(options), thread_([this](std::stop_token stop) {
          platform::set_thread_name("directory watch");
          while (!stop.stop_requested()) look();
        }) {}
  ~Impl() {
    thread_.request_stop();
    wakeup_.notify();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void watch(const fs::path& directory) {
    const std::lock_guard lock(mutex_);
    auto& root = roots_[directory];
    if (root.count++ > 0) return;
    begin(directory, root);
    wakeup_.notify();
  }

  void unwatch(const fs::path& directory) {
    const std::lock_guard lock(mutex_);
    const auto root = roots_.find(directory);
    if (root != roots_.end() && --root->second.count == 0) roots_.erase(root);
  }

 private:
  // From here on no change goes unseen. With mutex_ held, as what follows.
  void begin(const fs::path& directory, Root& root) {
    std::error_code error;
    if (options_.method == Method::System && root.may_have_events &&
        fs::is_directory(directory, error)) {
      root.events = platform::FolderEvents::make(directory);
      if (root.events != nullptr) return;
#ifdef __linux__
      log::warn(
          "no more directories can be watched by inotify; {} is looked at every {} ms "
          "instead (sysctl fs.inotify.max_user_watches and max_user_instances)",
          directory.string(), options_.poll.count());
#endif
      root.may_have_events = false;
    }
    root.seen = fingerprint(directory);
  }

  // Waits for events, for the next look or for a directory to have been quiet, and tells what has
  // changed.
  void look() {
    wait();
    std::vector<fs::path> quiet;
    {
      const std::lock_guard lock(mutex_);
      const auto now = Clock::now();
      const bool time_to_poll = now >= next_poll_;
      if (time_to_poll) next_poll_ = now + options_.poll;
      for (auto& [directory, root] : roots_) {
        if (has_changed(directory, root, time_to_poll)) root.changed_at = now;
        if (root.changed_at && now - *root.changed_at >= options_.quiet) {
          root.changed_at.reset();
          quiet.push_back(directory);
        }
      }
    }
    for (const auto& directory : quiet) changed_(directory);
  }

  bool has_changed(const fs::path& directory, Root& root, bool time_to_poll) {
    if (root.events != nullptr) {
      const auto news = root.events->read();
      if (!news.complete) {
        root.events.reset();
        begin(directory, root);
      }
      return news.changed;
    }
    // A change is followed closely, to see when it is over.
    if (!time_to_poll && !root.changed_at) return false;
    const auto seen = fingerprint(directory);
    if (seen == root.seen) return false;
    root.seen = seen;
    begin(directory, root);  // it may just have appeared
    return true;
  }

  void wait() {
    std::vector<pollfd> fds{{wakeup_.fd(), POLLIN, 0}};
    // Descriptors stay open while they are waited on, also when unwatch() lets go of them.
    std::vector<std::shared_ptr<platform::FolderEvents>> waited_on;
    auto until = Clock::time_point::max();
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [directory, root] : roots_) {
        if (root.events != nullptr) {
          fds.push_back({root.events->fd(), POLLIN, 0});
          waited_on.push_back(root.events);
        } else {
          until = std::min(until, next_poll_);
        }
        if (root.changed_at) until = std::min(until, *root.changed_at + options_.quiet);
      }
    }
    int timeout_ms = -1;
    if (until != Clock::time_point::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
      timeout_ms = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }
    ::poll(fds.data(), static_cast<nfds_t>(fds.size()), timeout_ms);
    wakeup_.drain();
  }

  const Changed changed_;
  const Options options_;
  platform::Wakeup wakeup_;
  std::mutex mutex_;
  std::map<fs::path, Root> roots_;  // guarded by mutex_
  Clock::time_point next_poll_{};   // the thread's
  std::jthread thread_;             // last: it uses the members above
};

DirectoryWatch::DirectoryWatch(Changed changed) : DirectoryWatch(std::move(changed), Options()) {}
DirectoryWatch::DirectoryWatch(Changed changed, Options options)
    : impl_(std::make_unique<Impl>(std::move(changed), options)) {}
DirectoryWatch::~DirectoryWatch() = default;

void DirectoryWatch::watch(const fs::path& directory) {
  impl_->watch(directory);
}
void DirectoryWatch::unwatch(const fs::path& directory) {
  impl_->unwatch(directory);
}

}  // namespace emulator
