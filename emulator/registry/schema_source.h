// Where schemas come from: a registry, or a directory of files. Real: confluent.h, glue.h,
// schema_files.h. Fake: tests/support/fake_schema_source.h.
//
// Threads: any; calls block, and end early when they are asked to stop.
#pragma once

#include <stop_token>
#include <string>
#include <variant>

#include "emulator/kafka/record_source.h"
#include "emulator/schema/codec.h"

namespace emulator {

// The registry answers, and has no such schema. One line, for people.
struct MissingSchema {
  std::string text;
};

class SchemaSource {
 public:
  virtual ~SchemaSource() = default;

  using Fetched = std::variant<SchemaDefinition, MissingSchema, SourceProblem>;
  // The schema that frames name by this id, with all that it refers to. A SourceProblem may pass,
  // so whoever needs the schema asks again.
  virtual Fetched fetch(const std::string& id, std::stop_token stop) = 0;
};

}  // namespace emulator
