// The changes below one directory as the system reports them (inotify); where it does not, make()
// gives nothing and the caller looks at the files instead.
//
// Threads: one at a time. Lifetime: as long as the directory is watched.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "emulator/function/platform.h"

namespace emulator::platform {

class FolderEvents {
 public:
  // nullptr: the system has no such thing, the directory does not exist, or the user's limit of
  // watches is reached.
  static std::unique_ptr<FolderEvents> make(const std::filesystem::path& root);

  int fd() const { return fd_.get(); }  // readable when there are events

  struct News {
    bool changed = false;  // a path that matters (is_watched_path)
    // Whether later changes are seen, too; false: the root has gone, or the limit is reached.
    bool complete = true;
  };
  News read();  // everything that waits; never blocks

 private:
  FolderEvents(Fd fd, std::filesystem::path root) : fd_(std::move(fd)), root_(std::move(root)) {}
  // A folder with those below it.
  bool add(const std::filesystem::path& relative);
  void remove(const std::filesystem::path& relative);

  Fd fd_;
  const std::filesystem::path root_;
  std::map<int, std::filesystem::path> folders_;  // by watch, relative to the root; "": the root
};

}  // namespace emulator::platform
