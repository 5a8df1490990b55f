// Attach mode: a process that the user started himself (in an IDE, under a debugger) serves a
// function of a running klambda, when it has AWS_LAMBDA_RUNTIME_API=HOST:PORT/FUNCTION with the
// control plane's port. Its connections are passed on, byte by byte, to the Runtime API of an
// environment of its own, which is one of the function's pool like any other but for its process.
//
// Threads: the control plane's connections. One environment for each process that attached; a
// process that cannot be found (another machine, another user) is taken to be one with all others
// of its address. Lifetime: the pools outlive it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/function/pool.h"

namespace emulator {

// The function in the first segment of a Runtime, Extensions or Telemetry API request:
// "GET /orders/2018-06-01/runtime/invocation/next HTTP/1.1".
std::optional<std::string> attached_function(std::string_view request_head);

class AttachHub {
 public:
  // An environment of the function for this process (nullopt: not known which). Throws ApiError.
  using Attach = std::function<std::shared_ptr<AttachedEnvironment>(const std::string& function,
                                                                    std::optional<pid_t> process)>;

  explicit AttachHub(Attach attach) : attach_(std::move(attach)) {}

  // Serves a connection to its end if its first request is one for a function; false, with nothing
  // read, if it is not.
  bool serve(int socket, const std::atomic<bool>& stopping);

 private:
  struct Key {
    std::string function;
    std::string who;  // "process 17", "address 172.17.0.2"
    auto operator<=>(const Key&) const = default;
  };
  struct Entry {
    std::shared_ptr<AttachedEnvironment> environment;
    int connections = 0;
  };

  // An answer to an invocation that has timed out: its environment is gone, the process is not.
  bool is_late_answer(const Key& key, std::string_view head);
  void pass_on(const Key& key, std::optional<pid_t> process, int socket,
               const std::atomic<bool>& stopping);
  std::shared_ptr<AttachedEnvironment> enter(const Key& key, std::optional<pid_t> process);
  void leave(const Key& key, const std::shared_ptr<AttachedEnvironment>& environment,
             std::optional<pid_t> process);

  const Attach attach_;
  std::mutex mutex_;
  std::map<Key, Entry> entries_;  // guarded by mutex_
};

}  // namespace emulator
