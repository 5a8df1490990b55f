// The one file that is compiled as C++23: resize() would zero memory that recv() fills at once,
// which took a quarter of the CPU of a 5 MB invocation.
#include "runtime_api/receive_body.h"

#include <sys/socket.h>

#include "runtime_api/socket.h"

namespace runtime_api {

ssize_t receive_body(int fd, std::string& body, std::size_t size,
                     std::chrono::milliseconds pause_max) {
  std::size_t have = body.size();
  ssize_t got = 1;
  body.resize_and_overwrite(size, [&](char* data, std::size_t) {
    while (have < size && got > 0) {
      got = receive(fd, data + have, size - have, std::chrono::steady_clock::now() + pause_max);
      if (got > 0) have += static_cast<std::size_t>(got);
    }
    return have;
  });
  return got;
}

void discard_until_closed(int fd, std::chrono::milliseconds limit,
                          const std::atomic<bool>& stopping) {
  constexpr std::size_t kStepBytes = 1024 * 1024;
  ::shutdown(fd, SHUT_WR);
  const Deadline until = std::chrono::steady_clock::now() + limit;
  while (!stopping && std::chrono::steady_clock::now() < *until &&
         discard(fd, kStepBytes, until) > 0) {
  }
}

}  // namespace runtime_api
