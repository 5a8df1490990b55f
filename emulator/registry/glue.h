// AWS Glue's schema registry at the endpoint that stands in for it
// (docs.aws.amazon.com/glue/latest/webapi/API_GetSchemaVersion.html). It has no references.
// Constant after construction; blocking; any thread.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "emulator/aws/aws_client.h"
#include "emulator/aws/endpoint.h"
#include "emulator/registry/schema_publisher.h"
#include "emulator/registry/schema_source.h"

namespace emulator {

class GlueRegistry : public SchemaSource, public SchemaPublisher {
 public:
  // `registry`: its name.
  GlueRegistry(AwsClient client, std::string registry);

  Fetched fetch(const std::string& id, std::stop_token stop) override;

  Published find(const std::string& schema, const std::string& version,
                 std::stop_token stop) override;
  Published look_up(const std::string& schema, const SchemaDefinition& definition,
                    std::stop_token stop) override;
  Published add(const std::string& schema, const SchemaDefinition& definition,
                std::stop_token stop) override;
  std::string where() const override { return client_.where() + " (AWS Glue)"; }

 private:
  using Json = nlohmann::json;
  using Answer = std::variant<Json, MissingSchema, SourceProblem>;

  Answer ask(const std::string& operation, const Json& body, const std::string& what,
             std::stop_token stop) const;
  Fetched definition_of(const Json& answer) const;
  Json schema_id(const std::string& schema) const;
  Published published(Answer answer, const SchemaDefinition& definition) const;
  SourceProblem problem(SourceProblem::Kind kind, const std::string& text) const;

  const AwsClient client_;
  const std::string registry_;
};

// What to ask about the registry of this ARN, in its own region, else in `region`; nullopt: nothing
// stands in for AWS Glue, which itself is asked with RealAws::Allowed alone. Throws ConfigError.
std::optional<AwsClient> glue_client(const std::string& arn, const std::string& region,
                                     RealAws real_aws,
                                     const Environment& environment = process_environment,
                                     HttpLimits limits = {});

// The name of "arn:aws:glue:us-east-1:000000000000:registry/NAME"; nullopt: it is no such ARN.
std::optional<std::string> glue_registry_name(const std::string& arn);

}  // namespace emulator
