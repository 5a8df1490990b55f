#include "emulator/schema/frame.h"

#include <zlib.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>

#include "emulator/schema/uuid_text.h"

namespace emulator {
namespace {

constexpr char kConfluentMagic = 0;
constexpr std::size_t kConfluentHeaderBytes = 5;
constexpr char kGlueVersion = 3;
constexpr char kGluePlain = 0;
constexpr char kGlueZlib = 5;
constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kGlueHeaderBytes = 2 + kUuidBytes;

unsigned value_of(char byte) {
  return static_cast<unsigned char>(byte);
}

// Grows in steps, so that a few bytes that claim to be much cost no more than they become.
void inflate_into(std::string_view compressed, std::string& out) {
  constexpr std::size_t kStepBytes = 64U << 10U;
  out.clear();
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw FrameError("zlib cannot begin to decompress");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> end(&stream, inflateEnd);
  if (compressed.size() > std::numeric_limits<uInt>::max())
    throw FrameError("the compressed body is too long");
  // zlib's interface takes a pointer to what it only reads without const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  int result = Z_OK;
  while (result == Z_OK) {
    const std::size_t used = out.size();
    if (used >= kFrameBodyBytesMax)
      throw FrameError("the body is longer than 32 MiB once it is decompressed");
    out.resize(used + kStepBytes);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = kStepBytes;
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(used + kStepBytes - stream.avail_out);
  }
  if (result == Z_BUF_ERROR) throw FrameError("the compressed body is cut short");
  if (result != Z_STREAM_END) throw FrameError("the body is not compressed with zlib");
  if (stream.avail_in > 0) throw FrameError("bytes follow the compressed body");
}

std::string deflate_text(std::string_view body) {
  uLongf size = compressBound(static_cast<uLong>(body.size()));
  std::string out(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                reinterpret_cast<const Bytef*>(body.data()), static_cast<uLong>(body.size()),
                Z_DEFAULT_COMPRESSION) != Z_OK)
    throw FrameError("zlib cannot compress the body");
  out.resize(size);
  return out;
}

Frame parse_confluent(std::string_view record) {
  if (record.size() < kConfluentHeaderBytes)
    throw FrameError("the record has " + std::to_string(record.size()) +
                     " bytes, too few for a schema id: it was not written by a serializer of "
                     "Confluent's registry");
  if (record[0] != kConfluentMagic)
    throw FrameError("the record begins with byte " + std::to_string(value_of(record[0])) +
                     " and not with 0: it was not written by a serializer of Confluent's registry");
  std::uint32_t id = 0;
  for (std::size_t i = 1; i < kConfluentHeaderBytes; ++i) id = id << 8U | value_of(record[i]);
  return {std::to_string(id), record.substr(kConfluentHeaderBytes)};
}

Frame parse_glue(std::string_view record, std::string& scratch) {
  if (record.size() < kGlueHeaderBytes)
    throw FrameError("the record has " + std::to_string(record.size()) +
                     " bytes, too few for a schema version's id: it was not written by a "
                     "serializer of the Glue registry");
  if (record[0] != kGlueVersion)
    throw FrameError("the record begins with byte " + std::to_string(value_of(record[0])) +
                     " and not with 3: it was not written by a serializer of the Glue registry");
  Frame frame{uuid_text(record.substr(2, kUuidBytes)), record.substr(kGlueHeaderBytes)};
  if (record[1] == kGluePlain) return frame;
  if (record[1] != kGlueZlib)
    throw FrameError("the record's compression byte is " + std::to_string(value_of(record[1])) +
                     ", neither 0 (none) nor 5 (zlib)");
  inflate_into(frame.body, scratch);
  frame.body = scratch;
  return frame;
}

std::string confluent_header(std::string_view schema_id) {
  std::uint32_t id = 0;
  const auto [end, error] =
      std::from_chars(schema_id.data(), schema_id.data() + schema_id.size(), id);
  if (error != std::errc() || end != schema_id.data() + schema_id.size())
    throw FrameError("\"" + std::string(schema_id) + "\" is not the id of a schema: a number");
  std::string header(1, kConfluentMagic);
  for (unsigned shift = 32; shift > 0;) {
    shift -= 8;
    header += static_cast<char>(id >> shift & 0xFFU);
  }
  return header;
}

}  // namespace

Frame parse_frame(std::string_view record, Framing framing, std::string& scratch) {
  return framing == Framing::Confluent ? parse_confluent(record) : parse_glue(record, scratch);
}

std::string make_frame(std::string_view schema_id, std::string_view body, Framing framing,
                       Compression compression) {
  if (framing == Framing::Confluent) {
    if (compression != Compression::None)
      throw FrameError("frames of Confluent's registry are not compressed");
    return confluent_header(schema_id).append(body);
  }
  std::string record{kGlueVersion, compression == Compression::Zlib ? kGlueZlib : kGluePlain};
  const auto uuid = uuid_bytes(schema_id);
  if (!uuid)
    throw FrameError("\"" + std::string(schema_id) + "\" is not the UUID of a Glue schema version");
  record += *uuid;
  return compression == Compression::Zlib ? record + deflate_text(body) : record.append(body);
}

}  // namespace emulator
