// Code that lies in a directory of the user's own is run as it is now: what changes below the
// directory is a new deployment of every version that runs from there, so that the next invocation
// starts from the new files while those under way finish where they are (catalog/dispatcher.h).
// What handlers or others write there counts as well: on AWS the directory is read-only.
//
// Threads: any may change the catalog. One of its own begins and ends watches, since a directory
// may hold a great many folders; deployments come from the watch's thread.
// Lifetime: outlives the catalog's use.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "emulator/catalog/functions.h"
#include "emulator/function/directory_watch.h"

namespace emulator {

class HotReload {
 public:
  explicit HotReload(FunctionCatalog& catalog);
  ~HotReload();
  HotReload(const HotReload&) = delete;
  HotReload& operator=(const HotReload&) = delete;

  // Waits until what the function runs from is watched: no edit after it goes unseen.
  void ensure_watched(const std::string& function);

 private:
  using Directories = std::set<std::filesystem::path>;

  static Directories directories_of(const FunctionCatalog::Snapshot& function);
  void run();
  void follow(const std::string& name);
  void deploy(const std::filesystem::path& directory);

  FunctionCatalog& catalog_;
  DirectoryWatch watch_;
  std::map<std::string, Directories> watched_;  // by function; the thread's own

  std::mutex mutex_;
  std::condition_variable changes_;
  // guarded by mutex_
  bool stopping_ = false;
  std::set<std::string> changed_;  // functions to look at
  std::string following_;          // the one that is being looked at
  std::thread thread_;             // last: uses the members above
};

}  // namespace emulator
