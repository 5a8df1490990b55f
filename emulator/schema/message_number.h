// What stands before a Protobuf message and says which of the schema's it is:
//   Confluent  how many indexes, then each, as zigzag varints; a single 0 stands for the indexes
//   {0}
//              docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop
//   Glue       a varint (github.com/awslabs/aws-glue-schema-registry,
//              ProtobufWireFormatEncoder.java)
// Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

// Both take the bytes off `rest`; nullopt: there is no such thing.
std::optional<std::vector<int>> take_confluent_indexes(std::string_view& rest);
std::optional<std::size_t> take_glue_number(std::string_view& rest);

std::string confluent_indexes(const std::vector<int>& indexes);
std::string glue_number(std::size_t number);

}  // namespace emulator
