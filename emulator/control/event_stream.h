// The framing of application/vnd.amazon.eventstream: binary messages of headers and a payload,
// guarded by two CRCs (docs.aws.amazon.com/transcribe/latest/dg/event-stream.html, "Event stream
// encoding"). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace emulator {

inline constexpr const char* kEventStreamType = "application/vnd.amazon.eventstream";

// Appends one event of a response stream: `event`: ":event-type", "PayloadChunk".
void append_event(std::string& stream, std::string_view event, std::string_view content_type,
                  std::string_view payload);

// The same around a payload that stays where it is: what precedes it and what follows it.
struct EventFrame {
  std::string before;
  std::string after;
};
EventFrame frame_event(std::string_view event, std::string_view content_type,
                       std::string_view payload);

// Appends a message with headers of strings, in their written form (append_header).
void append_message(std::string& stream, std::string_view headers, std::string_view payload);
void append_header(std::string& headers, std::string_view name, std::string_view value);

}  // namespace emulator
