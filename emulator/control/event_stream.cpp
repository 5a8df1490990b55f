#include "emulator/control/event_stream.h"

#include <zlib.h>

#include <cstddef>
#include <cstdint>

namespace emulator {
namespace {

constexpr char kStringType = 7;
constexpr std::size_t kCrcBytes = 4;
constexpr std::size_t kPreludeBytes = 4 + 4 + kCrcBytes;

void append_number(std::string& bytes, std::uint32_t number, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8)
    bytes += static_cast<char>(number >> shift & 0xFFu);
}

std::uint32_t crc_of(std::uint32_t crc, std::string_view bytes) {
  if (bytes.empty()) return crc;  // zlib takes no data for "begin anew"
  const auto* data = static_cast<const Bytef*>(static_cast<const void*>(bytes.data()));
  return static_cast<std::uint32_t>(::crc32_z(crc, data, bytes.size()));
}

}  // namespace

void append_header(std::string& headers, std::string_view name, std::string_view value) {
  append_number(headers, static_cast<std::uint32_t>(name.size()), 1);
  headers += name;
  headers += kStringType;
  append_number(headers, static_cast<std::uint32_t>(value.size()), 2);
  headers += value;
}

namespace {

EventFrame frame_message(std::string_view headers, std::string_view payload) {
  EventFrame frame;
  const std::size_t bytes = kPreludeBytes + headers.size() + payload.size() + kCrcBytes;
  append_number(frame.before, static_cast<std::uint32_t>(bytes), 4);
  append_number(frame.before, static_cast<std::uint32_t>(headers.size()), 4);
  append_number(frame.before, crc_of(0, frame.before), kCrcBytes);
  frame.before += headers;
  append_number(frame.after, crc_of(crc_of(0, frame.before), payload), kCrcBytes);
  return frame;
}

}  // namespace

EventFrame frame_event(std::string_view event, std::string_view content_type,
                       std::string_view payload) {
  std::string headers;
  append_header(headers, ":event-type", event);
  append_header(headers, ":content-type", content_type);
  append_header(headers, ":message-type", "event");
  return frame_message(headers, payload);
}

void append_message(std::string& stream, std::string_view headers, std::string_view payload) {
  const EventFrame frame = frame_message(headers, payload);
  stream.append(frame.before).append(payload).append(frame.after);
}

void append_event(std::string& stream, std::string_view event, std::string_view content_type,
                  std::string_view payload) {
  const EventFrame frame = frame_event(event, content_type, payload);
  stream.append(frame.before).append(payload).append(frame.after);
}

}  // namespace emulator
