// Writes JSON text piece by piece into a string, and says beforehand how long each piece will be.
// Only what the Kafka event needs: a DOM and its dump cost 10 to 70 times as much. One thread;
// lives while one event is written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace emulator {

// Bytes of the texts that the writer's functions of the same names produce.
std::size_t number_size(std::int64_t value);
std::size_t escaped_size(std::string_view text);
std::size_t signed_bytes_size(std::string_view data);

class JsonWriter {
 public:
  // `out` should have been reserved; what is written is complete there after flush().
  explicit JsonWriter(std::string& out) : out_(out) {}

  void raw(std::string_view text);
  void number(std::int64_t value);
  void base64(std::string_view data);
  // A string's inside, without its quotes. Bytes that are no UTF-8 become U+FFFD, since the event
  // must be valid JSON.
  void escaped(std::string_view text);
  // A list's inside: each byte as an integer of -128 to 127.
  void signed_bytes(std::string_view data);
  void flush();

 private:
  // Room for `bytes`, at most kBufferBytes.
  char* room_for(std::size_t bytes);

  // A string can only grow by bytes that exist already: text is made here, in the first-level
  // cache, and appended in pieces. So the 6 MB of an event are never filled with zeros first.
  static constexpr std::size_t kBufferBytes = 16'384;
  std::string& out_;
  std::size_t used_ = 0;
  std::array<char, kBufferBytes>
      buffer_;  // not initialised: only the first used_ bytes mean anything
};

}  // namespace emulator
