#include "emulator/registry/glue.h"

#include <utility>

#include "emulator/config/text.h"
#include "emulator/registry/registry_json.h"

namespace emulator {
namespace {

SourceProblem::Kind kind_of(const AwsFailure& failure) {
  if (failure.kind == AwsFailure::Kind::NoAnswer) return SourceProblem::Kind::RegistryUnreachable;
  if (failure.kind == AwsFailure::Kind::Refused) return SourceProblem::Kind::GlueRefused;
  if (failure.code == "ThrottlingException") return SourceProblem::Kind::RegistryThrottled;
  return SourceProblem::Kind::RegistryFailed;
}

}  // namespace

std::optional<std::string> glue_registry_name(const std::string& arn) {
  constexpr std::string_view kKind = "registry/";
  const auto parts = split(arn, ':');
  if (parts.size() != 6 || parts[0] != "arn" || parts[2] != "glue" ||
      !starts_with(parts[5], kKind) || parts[5].size() == kKind.size())
    return std::nullopt;
  return parts[5].substr(kKind.size());
}

std::optional<AwsClient> glue_client(const std::string& arn, const std::string& region,
                                     RealAws real_aws, const Environment& environment,
                                     HttpLimits limits) {
  const auto parts = split(arn, ':');
  const std::string its_region = parts.size() > 3 && !parts[3].empty() ? parts[3] : region;
  auto endpoint = find_endpoint(AwsService::Glue, environment, real_aws, its_region);
  if (!endpoint) return std::nullopt;
  return AwsClient(*std::move(endpoint), its_region, limits);
}

GlueRegistry::GlueRegistry(AwsClient client, std::string registry)
    : client_(std::move(client)), registry_(std::move(registry)) {}

SchemaSource::Fetched GlueRegistry::fetch(const std::string& id, std::stop_token stop) {
  auto answer =
      ask("GetSchemaVersion", {{"SchemaVersionId", id}}, "schema version " + id, std::move(stop));
  if (auto* missing = std::get_if<MissingSchema>(&answer)) return std::move(*missing);
  if (auto* failed = std::get_if<SourceProblem>(&answer)) return std::move(*failed);
  return definition_of(std::get<Json>(answer));
}

SchemaSource::Fetched GlueRegistry::definition_of(const Json& answer) const {
  const auto format = schema_format(text_member(answer, "DataFormat"));
  if (!format || !answer.contains("SchemaDefinition"))
    return problem(SourceProblem::Kind::RegistryFailed,
                   "answers without a schema, or with one of an unknown format");
  return SchemaDefinition{*format, text_member(answer, "SchemaDefinition"), {}};
}

// ---- for producing ----

SchemaPublisher::Published GlueRegistry::find(const std::string& schema, const std::string& version,
                                              std::stop_token stop) {
  const Json number = version.empty() ? Json{{"LatestVersion", true}}
                                      : Json{{"VersionNumber", parse_integer(version).value_or(0)}};
  auto answer =
      ask("GetSchemaVersion", {{"SchemaId", schema_id(schema)}, {"SchemaVersionNumber", number}},
          "schema " + schema + (version.empty() ? "" : " version " + version), std::move(stop));
  const Json* found = std::get_if<Json>(&answer);
  if (found == nullptr) return published(std::move(answer), {});
  auto definition = definition_of(*found);
  if (auto* failed = std::get_if<SourceProblem>(&definition)) return std::move(*failed);
  return published(std::move(answer), std::get<SchemaDefinition>(definition));
}

SchemaPublisher::Published GlueRegistry::look_up(const std::string& schema,
                                                 const SchemaDefinition& definition,
                                                 std::stop_token stop) {
  return published(ask("GetSchemaByDefinition",
                       {{"SchemaId", schema_id(schema)}, {"SchemaDefinition", definition.text}},
                       "this version of schema " + schema, std::move(stop)),
                   definition);
}

SchemaPublisher::Published GlueRegistry::add(const std::string& schema,
                                             const SchemaDefinition& definition,
                                             std::stop_token stop) {
  if (!definition.references.empty())
    return problem(SourceProblem::Kind::RegistryFailed,
                   "takes no schema that refers to others: write all of it in one file");
  auto answer = ask("RegisterSchemaVersion",
                    {{"SchemaId", schema_id(schema)}, {"SchemaDefinition", definition.text}},
                    "schema " + schema, stop);
  if (std::holds_alternative<MissingSchema>(answer)) {
    // What Glue's own serializers do when they may register.
    answer = ask("CreateSchema",
                 {{"RegistryId", {{"RegistryName", registry_}}},
                  {"SchemaName", schema},
                  {"DataFormat", name_of(definition.format)},
                  {"Compatibility", "BACKWARD"},
                  {"SchemaDefinition", definition.text}},
                 "registry " + registry_, std::move(stop));
  }
  if (const Json* given = std::get_if<Json>(&answer)) {
    if (text_member(*given, "Status") == "FAILURE" ||
        text_member(*given, "SchemaVersionStatus") == "FAILURE")
      return problem(SourceProblem::Kind::RegistryFailed,
                     "refuses this version of schema " + schema +
                         ": it is not compatible with the latest one");
  }
  return published(std::move(answer), definition);
}

SchemaPublisher::Published GlueRegistry::published(Answer answer,
                                                   const SchemaDefinition& definition) const {
  if (auto* missing = std::get_if<MissingSchema>(&answer)) return std::move(*missing);
  if (auto* failed = std::get_if<SourceProblem>(&answer)) return std::move(*failed);
  const std::string id = text_member(std::get<Json>(answer), "SchemaVersionId");
  if (id.empty())
    return problem(SourceProblem::Kind::RegistryFailed, "answers without a SchemaVersionId");
  return PublishedSchema{id, definition};
}

// ---- the API ----

GlueRegistry::Json GlueRegistry::schema_id(const std::string& schema) const {
  return {{"RegistryName", registry_}, {"SchemaName", schema}};
}

GlueRegistry::Answer GlueRegistry::ask(const std::string& operation, const Json& body,
                                       const std::string& what, std::stop_token stop) const {
  auto answer = client_.json("AWSGlue." + operation, "1.1", body.dump(), std::move(stop));
  if (const auto* failure = std::get_if<AwsFailure>(&answer)) {
    if (failure->kind == AwsFailure::Kind::Missing)
      return MissingSchema{what + " is not in " + where()};
    return problem(kind_of(*failure), failure->text);
  }
  auto parsed = Json::parse(std::get<std::string>(answer), nullptr, false);
  if (!parsed.is_object())
    return problem(SourceProblem::Kind::RegistryFailed, "answers without JSON");
  return parsed;
}

SourceProblem GlueRegistry::problem(SourceProblem::Kind kind, const std::string& text) const {
  return {kind, "the schema registry at " + where() + ": " + text};
}

}  // namespace emulator
