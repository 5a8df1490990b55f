// The side of a registry that producers use: schemas by name, and new ones. Real: confluent.h,
// glue.h.
//
// Threads: any; calls block, and end early when they are asked to stop.
#pragma once

#include <stop_token>
#include <string>
#include <variant>

#include "emulator/registry/schema_source.h"

namespace emulator {

// A schema and the id by which frames name it.
struct PublishedSchema {
  std::string id;
  SchemaDefinition definition;
};

class SchemaPublisher {
 public:
  virtual ~SchemaPublisher() = default;

  using Published = std::variant<PublishedSchema, MissingSchema, SourceProblem>;
  // A version of a subject (Confluent), of a schema's name (Glue); `version` empty: the latest.
  virtual Published find(const std::string& subject, const std::string& version,
                         std::stop_token stop) = 0;
  // The id that exactly this schema has there.
  virtual Published look_up(const std::string& subject, const SchemaDefinition& definition,
                            std::stop_token stop) = 0;
  // Adds it, unless it is there. The references, in an order in which each stands behind those that
  // it refers to, become subjects of their own names where the registry has references.
  virtual Published add(const std::string& subject, const SchemaDefinition& definition,
                        std::stop_token stop) = 0;

  // "http://127.0.0.1:8081", for messages.
  virtual std::string where() const = 0;
};

}  // namespace emulator
