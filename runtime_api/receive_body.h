// Reads a request's body of known length straight into its string, where the kernel's copy is the
// only one; or away.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>

namespace runtime_api {

// Receives until `body`, which may hold the beginning, has `size` bytes; `pause_max` is the longest
// the client may stay silent. Results as receive(): positive when all of it is there.
ssize_t receive_body(int fd, std::string& body, std::size_t size,
                     std::chrono::milliseconds pause_max);

// After a refusal: tells the client that no more is sent, and reads on until it closes the
// connection or the limit is over. Closing with unread bytes sends a reset, and the client would
// lose the answer.
void discard_until_closed(int fd, std::chrono::milliseconds limit,
                          const std::atomic<bool>& stopping);

}  // namespace runtime_api
