// An Avro schema as a graph of types, read from its JSON
// (avro.apache.org/docs/1.12.0/specification). Types that use themselves make it a graph with
// cycles. Never changes once it is parsed; any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/schema/codec.h"

namespace emulator {

struct AvroType;

struct AvroField {
  std::string name;
  std::string json_name;  // what stands in front of the value: "\"name\":"
  const AvroType* type = nullptr;
  std::optional<nlohmann::json> default_value;
};

struct AvroSymbol {
  std::string name;
  std::string json;  // with quotes
};

struct AvroType {
  enum class Kind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Record,
    Enum,
    Array,
    Map,
    Union,
    Fixed
  };
  // Those whose JSON is another than that of the type beneath. Dates and times are not: they stay
  // the numbers that they are encoded as.
  enum class Logical {
    None,
    Decimal,     // of bytes or fixed
    BigDecimal,  // of bytes, which hold their scale themselves
    Uuid,        // of fixed; that of a string is its text anyway
    Duration     // of fixed
  };

  Kind kind = Kind::Null;
  Logical logical = Logical::None;
  std::string name;  // full; of a type without one, what the specification calls it: "array"
  std::vector<AvroField> fields;          // Record
  std::vector<AvroSymbol> symbols;        // Enum
  const AvroType* element = nullptr;      // Array: of its items, Map: of its values
  std::vector<const AvroType*> branches;  // Union
  std::size_t size = 0;                   // Fixed
  int precision = 0;                      // Decimal
  int scale = 0;                          // Decimal
};

class AvroSchema {
 public:
  // Throws SchemaError.
  explicit AvroSchema(const SchemaDefinition& definition);
  const AvroType& root() const { return *root_; }

 private:
  friend class AvroSchemaParser;
  std::deque<AvroType> types_;  // never move
  const AvroType* root_ = nullptr;
};

}  // namespace emulator
