// Reads a request's body of known length straight into its string: the kernel's copy is the only
// one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace runtime_api {

// Receives until `body`, which may hold the beginning, has `size` bytes; `pause_max` is the longest
// the client may stay silent. Results as receive(): positive when all of it is there.
ssize_t receive_body(int fd, std::string& body, std::size_t size,
                     std::chrono::milliseconds pause_max);

}  // namespace runtime_api
