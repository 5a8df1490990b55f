// What the operations that stream share: a response sink that sends what a function's runtime
// writes to the caller's connection. How the pieces look is the derived class's.
//
// Threads: as ResponseSink; end() from the invocation's end, after which nothing touches the
// exchange any more. Lifetime: shared with the invocation; the exchange lives until end().
#pragma once

#include <condition_variable>
#include <mutex>
#include <string_view>

#include "emulator/function/invoker.h"
#include "runtime_api/http_server.h"

namespace emulator {

class CallerStream : public runtime_api::ResponseSink {
 public:
  explicit CallerStream(runtime_api::HttpExchange& exchange) : exchange_(exchange) {}

  void begin(std::string_view content_type) final;
  void write(std::string_view piece) final;
  void abandon() final;
  // The invocation's end: answers the caller, without blocking.
  void end(Outcome outcome);

 protected:
  virtual void on_begin(std::string_view content_type) = 0;
  virtual void on_write(std::string_view piece) = 0;
  virtual void on_end(Outcome outcome) = 0;

  runtime_api::HttpExchange& exchange_;

 private:
  bool enter();
  void leave();

  std::mutex mutex_;
  // Guarded by mutex_.
  std::condition_variable left_;
  bool is_over_ = false;
  bool is_busy_ = false;  // in on_begin() or on_write()
};

}  // namespace emulator
