// What serializers put in front of a record, so that a consumer finds the schema:
//   Confluent  0x00, the schema's number (4 bytes, big-endian), body
//              docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop
//   Glue       0x03, compression (0 none, 5 zlib), the schema version's UUID (16 bytes), body
//              github.com/awslabs/aws-glue-schema-registry (AWSSchemaRegistryConstants.java)
// A Protobuf body begins with the message's index, which codec.h takes off. Pure; any thread.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace emulator {

inline constexpr std::size_t kFrameBodyBytesMax = 32U << 20U;  // after decompression

enum class Framing { Confluent, Glue };

// The bytes are no frame, or a damaged one; one line.
struct FrameError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Frame {
  std::string schema_id;  // as an event shows it: "42", "a1b2c3d4-…" in lower case
  std::string_view body;  // lies in what was parsed, or in the scratch that it was inflated into
};

// `scratch` is only written when the body is compressed. Throws FrameError.
Frame parse_frame(std::string_view record, Framing framing, std::string& scratch);

enum class Compression { None, Zlib };

// The whole record. `schema_id` as parse_frame gives it; throws FrameError when it is none, and for
// Confluent with Zlib.
std::string make_frame(std::string_view schema_id, std::string_view body, Framing framing,
                       Compression compression = Compression::None);

}  // namespace emulator
