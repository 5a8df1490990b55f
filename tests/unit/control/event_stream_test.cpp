#include "emulator/control/event_stream.h"

#include <string>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

std::string hex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

}  // namespace

// The vectors of AWS's own SDKs.
TEST_CASE("event stream: messages of known bytes") {
  std::string empty;
  append_message(empty, {}, {});
  CHECK(hex(empty) == "000000100000000005c248eb7d98c8ff");

  std::string payload;
  append_message(payload, {}, "{'foo':'bar'}");
  CHECK(hex(payload) == "0000001d00000000fd528c5a" + hex("{'foo':'bar'}") + "c3653936");
}

TEST_CASE("event stream: an event is a message with three headers") {
  std::string stream;
  append_event(stream, "PayloadChunk", "application/octet-stream", "abc");
  std::string headers;
  append_header(headers, ":event-type", "PayloadChunk");
  append_header(headers, ":content-type", "application/octet-stream");
  append_header(headers, ":message-type", "event");
  CHECK(headers.substr(0, 27) == std::string("\x0b:event-type\x07\x00\x0cPayloadChunk", 27));
  std::string message;
  append_message(message, headers, "abc");
  CHECK(stream == message);
  CHECK(stream.size() == 12 + headers.size() + 3 + 4);
  // One behind the other: each has its own CRCs.
  append_event(stream, "PayloadChunk", "application/octet-stream", "abc");
  CHECK(stream == message + message);
}
