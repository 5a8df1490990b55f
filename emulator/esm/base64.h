// Base64 as the Kafka event carries keys and values: standard alphabet, with padding (RFC 4648 §4).
// Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace emulator {

// Bytes of text that `bytes` of data become.
constexpr std::size_t base64_size(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

// Writes base64_size(data.size()) characters to `out`; no terminating zero.
void base64_encode(std::string_view data, char* out);

// The same without vector instructions, for processors that lack them; here so that tests compare
// the two.
void base64_encode_portable(std::string_view data, char* out);

}  // namespace emulator
