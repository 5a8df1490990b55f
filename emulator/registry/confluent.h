// Confluent's Schema Registry API (docs.confluent.io/platform/current/schema-registry/develop/api),
// which Apicurio and others speak too. Constant after construction; blocking; any thread.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "emulator/aws/http_call.h"
#include "emulator/registry/schema_publisher.h"
#include "emulator/registry/schema_source.h"

namespace emulator {

// Called before each request, so that a mended secret is noticed. Throws std::runtime_error with
// one line that has no secret.
using LoadRegistryAccess = std::function<HttpAccess()>;

class ConfluentRegistry : public SchemaSource, public SchemaPublisher {
 public:
  // The API's address, a path before "/subjects" included.
  ConfluentRegistry(Url url, LoadRegistryAccess access, HttpLimits limits = {});

  Fetched fetch(const std::string& id, std::stop_token stop) override;

  Published find(const std::string& subject, const std::string& version,
                 std::stop_token stop) override;
  Published look_up(const std::string& subject, const SchemaDefinition& definition,
                    std::stop_token stop) override;
  Published add(const std::string& subject, const SchemaDefinition& definition,
                std::stop_token stop) override;
  std::string where() const override { return url_.text(); }

 private:
  using Json = nlohmann::json;
  using Answer = std::variant<Json, MissingSchema, SourceProblem>;
  enum class Unknown { IsMissing, IsAdded };

  // confluent.cpp
  Answer ask(HttpCall request, const std::string& what, std::stop_token stop) const;
  Answer explain(const HttpAnswer& answer, const std::string& what) const;
  SourceProblem problem(SourceProblem::Kind kind, const std::string& text) const;
  Fetched definition_of(const Json& schema, std::stop_token stop) const;
  std::optional<Fetched> add_references(const Json& schema, SchemaDefinition& definition,
                                        std::set<std::string>& names, std::stop_token stop) const;

  // confluent_publish.cpp
  Published publish(const std::string& subject, const SchemaDefinition& definition, Unknown unknown,
                    std::stop_token stop) const;
  Answer refer_to(const SchemaDefinition& definition, Unknown unknown, std::stop_token stop) const;
  Answer post(const std::string& subject, const SchemaDefinition& definition,
              const Json& references, Unknown unknown, std::stop_token stop) const;

  const Url url_;
  const LoadRegistryAccess access_;
  const HttpLimits limits_;
};

}  // namespace emulator
