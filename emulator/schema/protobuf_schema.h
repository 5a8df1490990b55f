// A Protobuf schema, compiled from .proto text with its imports, as descriptors of libprotobuf.
// Never changes once it is made; any thread.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/schema/codec.h"

namespace emulator {

class ProtobufSchema {
 public:
  // The text is a .proto file, or the base64 of a FileDescriptorProto, as some clients register
  // one. Imports are found among the references, or are those that every registry knows:
  // google/protobuf/*, google/type/*, confluent/*. Throws SchemaError.
  explicit ProtobufSchema(const SchemaDefinition& definition);

  const google::protobuf::DescriptorPool& pool() const { return pool_; }

  // All messages of the schema's own file, inner ones too, in order of their full names: Glue's
  // numbers (github.com/awslabs/aws-glue-schema-registry, MessageIndexFinder.java).
  const std::vector<const google::protobuf::Descriptor*>& messages() const { return messages_; }

  // By Confluent's numbers: which message of the file, which one within that, and so on; by full
  // name. nullopt: there is none.
  std::optional<std::size_t> message_at(const std::vector<int>& indexes) const;
  std::optional<std::size_t> message_named(std::string_view full_name) const;
  std::vector<int> indexes_of(std::size_t message) const;

 private:
  std::optional<std::size_t> number_of(const google::protobuf::Descriptor* message) const;

  google::protobuf::DescriptorPool pool_;
  const google::protobuf::FileDescriptor* file_ = nullptr;
  std::vector<const google::protobuf::Descriptor*> messages_;
};

}  // namespace emulator
