// One .proto file as libprotobuf's description of it. Pure; any thread.
#pragma once

#include <google/protobuf/descriptor.pb.h>

#include <optional>
#include <string>
#include <string_view>

namespace emulator {

// `text`: .proto, or base64 of a serialized FileDescriptorProto. The result bears `name`, which
// errors name, too. Throws SchemaError.
google::protobuf::FileDescriptorProto parse_proto_file(std::string_view text,
                                                       const std::string& name);

// Files that clients import without registering them, since each registry knows them: Confluent's
// and the commoner of google/type. nullopt: none of these. (Those of google/protobuf come with
// libprotobuf.)
std::optional<std::string_view> well_known_proto(std::string_view name);

}  // namespace emulator
