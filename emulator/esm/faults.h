// The fault script (--fault): what goes wrong on purpose, so that a handler's tests see what
// production will bring. Each fault that strikes is logged as such by whoever carries it out. The
// language is described in esm/fault_line.h.
//
// Chances are counted, and probabilities drawn, for each fault and topic on its own: what one
// mapping does has no influence on when a fault strikes another. The same script and seed strike at
// the same chances in every run; of several pollers of one topic, it is the order in which they ask
// that decides who is struck.
//
// Threads: any; one object a program.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "emulator/esm/batch.h"
#include "emulator/esm/clock.h"
#include "emulator/esm/fault_line.h"

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
  // Lines that begin with "#" are comments. Throws ConfigError: one line, what, where, and what
  // would be right.
  FaultScript(const std::vector<FaultLine>& lines, std::uint64_t seed);
  ~FaultScript();

  bool empty() const;
  // What has struck nothing so far, as it was written: a rehearsal that did not take place.
  std::vector<FaultLine> never_struck() const;
  // One chance for each fault that the batch is in reach of; the first one in the script's order
  // that strikes is it, and those behind it do not see this chance.
  InvokeFault at_invoke(std::string_view topic, const Batch& batch);
  // Whether this commit is to fail.
  bool at_commit(std::string_view topic);
  // How much longer the brokers are out of reach, for every poller of the topic; nullopt: they are
  // not. Asked once a turn of a poller; a chance is every second of a topic being polled, the first
  // one a second after the first question.
  std::optional<std::chrono::milliseconds> at_poll(std::string_view topic, TimePoint now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
