// Tells when a file below a directory has been written, made, moved or removed: an editor's save
// is one change, told once the directory has been quiet for a moment. What tools write beside the
// code is no change: .git, .klambda, __pycache__, node_modules/.cache, editors' swap files, *.log
// (a server that logs there would leave the directory no quiet moment); nor is what klambda itself
// writes when its output goes to a file there.
// Symbolic links below the directory are not followed.
//
// Threads: any may call; the callback comes from a thread of the watch's own.
// Lifetime: stops with the object, which waits for a callback that is under way.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace emulator {

class DirectoryWatch {
 public:
  // `directory` as it was given to watch(). May call watch() and unwatch().
  using Changed = std::function<void(const std::filesystem::path& directory)>;

  enum class Method {
    System,  // inotify, where the system has it
    Poll     // looks at every file's time, size and identity
  };
  struct Options {
    std::chrono::milliseconds quiet{100};  // after the last change, before it is told
    std::chrono::milliseconds poll{500};   // between two looks
    Method method = Method::System;
  };

  explicit DirectoryWatch(Changed changed);
  DirectoryWatch(Changed changed, Options options);
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

  // Counted: a directory is watched until unwatch() was called as often as watch(). One that does
  // not exist is told when it appears. A change made after watch() returns is told.
  void watch(const std::filesystem::path& directory);
  void unwatch(const std::filesystem::path& directory);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether our own standard output or error goes to this file.
bool is_own_output(const std::filesystem::path& file);

// Whether a change of this file or folder, relative to the watched directory, matters.
bool is_watched_path(const std::filesystem::path& relative);

}  // namespace emulator
