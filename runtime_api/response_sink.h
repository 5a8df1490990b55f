// Takes a function's response while its runtime still writes it, for a caller that wants the
// pieces as they come.
//
// Threads: begin() and write() come from one thread at a time, a connection of the Runtime API;
// abandon() from any. Lifetime: shared by the caller and the session; nothing is called after the
// invocation's end, but for what abandon() has cut off.
#pragma once

#include <string_view>

namespace runtime_api {

class ResponseSink {
 public:
  virtual ~ResponseSink() = default;

  // Once, with the runtime's Content-Type (empty: it sent none), before the first piece, or at the
  // end of an empty response. Not called when the invocation fails before there is anything to
  // pass on.
  virtual void begin(std::string_view content_type) = 0;
  // Blocks while the caller does not keep up: its runtime is not read meanwhile. When the caller
  // has gone it does nothing, so that the runtime goes on to its own end.
  virtual void write(std::string_view piece) = 0;
  // The invocation is over on this side (timeout, crash, stop): a write that blocks ends, and once
  // this has returned begin() and write() do nothing. Idempotent.
  virtual void abandon() = 0;
};

}  // namespace runtime_api
