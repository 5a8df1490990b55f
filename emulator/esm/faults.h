// The fault script (--fault): what goes wrong on purpose, so that a handler's tests see what
// production will bring. Each fault that strikes is logged as such by whoever carries it out.
//
// Threads: any; one object a program. Seeded, so that a run can be repeated.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/esm/batch.h"
#include "emulator/esm/clock.h"

namespace emulator {

// What happens to one invocation. Timeout and Crash: the function runs, and its answer is lost, the
// worst case for a handler that is not idempotent. Throttle: it does not run. Duplicate: after its
// success the same batch is delivered again. Rebalance: after its success and before the commit the
// poller loses its partitions and joins the group again.
enum class InvokeFault { None, Timeout, Crash, Throttle, Duplicate, Rebalance };
std::string_view to_string(InvokeFault fault);  // as the script says it

class FaultScript {
 public:
  FaultScript();  // nothing goes wrong
  // Each line is one fault, "#" a comment. Throws ConfigError that names `where`, the line and the
  // word.
  FaultScript(const std::vector<std::string>& lines, std::uint64_t seed);
  ~FaultScript();

  bool empty() const;
  InvokeFault at_invoke(std::string_view topic, const Batch& batch);
  // Whether this commit is to fail.
  bool at_commit(std::string_view topic);
  // How long the brokers are to be out of reach from now on; asked once a turn of a poller.
  std::optional<std::chrono::milliseconds> at_poll(std::string_view topic, TimePoint now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
