// The response that a handler waits for while another thread makes it: the Invoke route for its
// function's answer, the Runtime API's /next for an event. A short one is sent by the thread that
// has it, so that the connection's own, which sleeps until its client asks for something else,
// need not wake for it: on a warm invocation that saves two changes of threads of five.
//
// A response in pieces (stream()) ends like that, too.
//
// Threads: respond(), stream() and end_stream() any, the rest the connection's. Lifetime: the
// connection's; reset() before each request.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>

#include "runtime_api/http_response.h"
#include "runtime_api/http_server.h"
#include "runtime_api/response_stream.h"
#include "runtime_api/socket.h"
#include "runtime_api/wakeup.h"

namespace runtime_api {

class LateResponse {
 public:
  explicit LateResponse(int socket) : socket_(socket), stream_(socket) {}

  // About the request under way.
  struct Request {
    ResponseForm form;
    bool next_is_here = false;  // bytes of the following one have been read already
  };

  void reset();
  WaitResult wait(const Request& request, Peer peer, const Deadline& until);
  void respond(HttpResponse response);
  ResponseStream& stream() { return stream_; }
  void end_stream(std::string_view more, StreamEnd end);

  // After wait() has said Answered: what is left to send.
  struct Unsent {
    HttpResponse response;
    Peer peer = Peer::Watched;
    std::size_t sent_bytes = 0;
  };
  bool answered() const { return answered_; }
  std::optional<Unsent> take_unsent();
  // Of a response in pieces.
  std::optional<ResponseStream::Rest> take_rest();

 private:
  enum class Sleep { Awake, UntilRequest, UntilSignal };
  void wake();  // with mutex_ held

  const int socket_;
  ResponseStream stream_;

  // Owned by the connection's thread.
  Watch watch_ = Watch::Input;
  std::optional<Wakeup> wakeup_;  // made by the first wait, which many connections never see

  std::mutex mutex_;
  // Guarded by mutex_.
  Sleep sleep_ = Sleep::Awake;
  Peer peer_ = Peer::Watched;
  ResponseForm form_;
  bool answered_ = false;
  bool signalled_ = false;
  std::optional<Unsent> unsent_;
  std::optional<ResponseStream::Rest> rest_;
};

}  // namespace runtime_api
