// A response that is sent in pieces while it is being made: chunked for HTTP/1.1 clients, until the
// connection closes for older ones.
//
// Threads: interrupt() any; the rest one at a time. Lifetime: the connection's; reset() before each
// request.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime_api/http_response.h"
#include "runtime_api/http_server.h"
#include "runtime_api/wakeup.h"

namespace runtime_api {

class ResponseStream {
 public:
  static constexpr std::size_t kPartsMax = 5;  // of one piece

  explicit ResponseStream(int socket) : socket_(socket) {}

  void reset();
  void begin(const HttpResponse& head, const ResponseForm& form, BodyFrame::Kind frame);
  // Blocks while the client does not keep up; false: it has gone, or interrupt() was called.
  bool write(std::span<const std::string_view> parts);
  void interrupt();

  struct Rest {
    std::string bytes;    // what is still to be sent
    bool closes = false;  // then the connection ends
  };
  Rest end(std::string_view more, StreamEnd end);

 private:
  void append_chunk(std::string_view data);
  int stop_fd();
  bool interrupted();

  const int socket_;

  BodyFrame::Kind frame_ = BodyFrame::Kind::Chunked;
  bool keeps_alive_ = true;
  bool has_body_ = true;
  bool peer_gone_ = false;
  std::string unsent_;  // the head until it leaves; what an interrupted write left over

  std::mutex mutex_;
  // Guarded by mutex_.
  std::optional<Wakeup> wakeup_;  // made by the first write, which most connections never see
  bool interrupted_ = false;
};

}  // namespace runtime_api
