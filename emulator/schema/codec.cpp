#include "emulator/schema/codec.h"

#include <set>

#include "emulator/schema/codecs.h"

namespace emulator {
namespace {

void check_limits(const SchemaDefinition& definition) {
  if (definition.references.size() > kSchemaReferencesMax)
    throw SchemaError("the schema has more than " + std::to_string(kSchemaReferencesMax) +
                      " references");
  std::size_t bytes = definition.text.size();
  std::set<std::string_view> names;
  for (const SchemaReference& reference : definition.references) {
    bytes += reference.text.size();
    if (!names.insert(reference.name).second)
      throw SchemaError("the schema has two references " + reference.name);
  }
  if (bytes > kSchemaBytesMax)
    throw SchemaError("the schema and its references are longer than 4 MiB");
}

}  // namespace

std::string_view name_of(SchemaFormat format) {
  switch (format) {
    case SchemaFormat::Avro:
      return "AVRO";
    case SchemaFormat::Protobuf:
      return "PROTOBUF";
    case SchemaFormat::JsonSchema:
      return "JSON";
  }
  return "";
}

std::optional<SchemaFormat> schema_format(std::string_view name) {
  for (const auto format : {SchemaFormat::Avro, SchemaFormat::Protobuf, SchemaFormat::JsonSchema}) {
    if (name == name_of(format)) return format;
  }
  return std::nullopt;
}

Codec::Message Codec::open(std::string_view body, Framing /*framing*/) const {
  return {0, body};
}

std::shared_ptr<const Codec> compile(const SchemaDefinition& definition) {
  check_limits(definition);
  switch (definition.format) {
    case SchemaFormat::Avro:
      return compile_avro(definition);
    case SchemaFormat::Protobuf:
      return compile_protobuf(definition);
    case SchemaFormat::JsonSchema:
      return compile_json_schema(definition);
  }
  throw SchemaError("the schema is of no known format");
}

}  // namespace emulator
