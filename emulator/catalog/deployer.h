// Makes new and changed functions ready to run: looks at each version that is Pending or whose
// update is InProgress, finds or installs what starts it, and says Active, or Failed and why
// (docs.aws.amazon.com/lambda/latest/dg/functions-states.html).
//
// Threads: any; one of its own prepares, one version after the other.
// Lifetime: from before the catalog's first change to after its last; stop() is idempotent and
// leaves what is not ready as it is, for the next start.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "emulator/catalog/functions.h"

namespace emulator {

class Deployer {
 public:
  // Throws ConfigError: what is missing and how to mend it. May take seconds.
  using Prepare = std::function<void(const FunctionVersion&)>;

  Deployer(FunctionCatalog& catalog, Prepare prepare);
  ~Deployer();
  Deployer(const Deployer&) = delete;
  Deployer& operator=(const Deployer&) = delete;

  // Goes on with what a loaded state directory holds unfinished.
  void resume();
  void stop();

 private:
  void add(const std::string& function);
  void run();
  void deploy(const std::string& function);
  void deploy(const std::string& function, const FunctionVersion& version);

  FunctionCatalog& catalog_;
  const Prepare prepare_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;          // guarded by mutex_
  std::deque<std::string> queue_;  // guarded by mutex_; names of functions
  std::thread thread_;             // last: uses the members above
};

}  // namespace emulator
