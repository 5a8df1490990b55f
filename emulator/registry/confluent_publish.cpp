// The side of Confluent's API that producers use.
#include <utility>

#include "emulator/registry/confluent.h"
#include "emulator/registry/registry_json.h"

namespace emulator {
namespace {

using nlohmann::json;

json request_body(const SchemaDefinition& definition, const json& references) {
  json body = {{"schema", definition.text}};
  // Absent means AVRO, and older registries know no other.
  if (definition.format != SchemaFormat::Avro) body["schemaType"] = name_of(definition.format);
  if (!references.empty()) body["references"] = references;
  return body;
}

}  // namespace

SchemaPublisher::Published ConfluentRegistry::find(const std::string& subject,
                                                   const std::string& version,
                                                   std::stop_token stop) {
  auto answer = ask({"GET",
                     subject_path(subject) + "/versions/" +
                         (version.empty() ? "latest" : percent_encode(version, Slashes::Encode)),
                     {},
                     {}},
                    "subject " + subject + (version.empty() ? "" : " version " + version), stop);
  if (auto* missing = std::get_if<MissingSchema>(&answer)) return std::move(*missing);
  if (auto* failed = std::get_if<SourceProblem>(&answer)) return std::move(*failed);
  const Json& schema = std::get<Json>(answer);
  auto definition = definition_of(schema, std::move(stop));
  if (auto* missing = std::get_if<MissingSchema>(&definition)) return std::move(*missing);
  if (auto* failed = std::get_if<SourceProblem>(&definition)) return std::move(*failed);
  return PublishedSchema{std::to_string(number_member(schema, "id").value_or(0)),
                         std::get<SchemaDefinition>(std::move(definition))};
}

SchemaPublisher::Published ConfluentRegistry::look_up(const std::string& subject,
                                                      const SchemaDefinition& definition,
                                                      std::stop_token stop) {
  return publish(subject, definition, Unknown::IsMissing, std::move(stop));
}

SchemaPublisher::Published ConfluentRegistry::add(const std::string& subject,
                                                  const SchemaDefinition& definition,
                                                  std::stop_token stop) {
  return publish(subject, definition, Unknown::IsAdded, std::move(stop));
}

SchemaPublisher::Published ConfluentRegistry::publish(const std::string& subject,
                                                      const SchemaDefinition& definition,
                                                      Unknown unknown, std::stop_token stop) const {
  auto answer = refer_to(definition, unknown, stop);
  if (const Json* references = std::get_if<Json>(&answer)) {
    const Json known = *references;
    answer = post(subject, definition, known, unknown, std::move(stop));
  }
  if (auto* missing = std::get_if<MissingSchema>(&answer)) return std::move(*missing);
  if (auto* failed = std::get_if<SourceProblem>(&answer)) return std::move(*failed);
  const auto id = number_member(std::get<Json>(answer), "id");
  if (!id) return problem(SourceProblem::Kind::RegistryFailed, "answers without an id");
  return PublishedSchema{std::to_string(*id), definition};
}

// What a request says of the schemas that `definition` refers to, each a subject of its own name.
ConfluentRegistry::Answer ConfluentRegistry::refer_to(const SchemaDefinition& definition,
                                                      Unknown unknown, std::stop_token stop) const {
  Json references = Json::array();
  for (const SchemaReference& reference : definition.references) {
    const SchemaDefinition referred{definition.format, reference.text, {}};
    if (unknown == Unknown::IsAdded) {
      auto added = post(reference.name, referred, references, unknown, stop);
      if (!std::holds_alternative<Json>(added)) return added;
    }
    // Only this tells the version.
    auto known = post(reference.name, referred, references, Unknown::IsMissing, stop);
    if (!std::holds_alternative<Json>(known)) return known;
    references.push_back(
        {{"name", reference.name},
         {"subject", reference.name},
         {"version", number_member(std::get<Json>(known), "version").value_or(1)}});
  }
  return references;
}

ConfluentRegistry::Answer ConfluentRegistry::post(const std::string& subject,
                                                  const SchemaDefinition& definition,
                                                  const Json& references, Unknown unknown,
                                                  std::stop_token stop) const {
  return ask({"POST",
              subject_path(subject) + (unknown == Unknown::IsAdded ? "/versions" : ""),
              {{"Content-Type", kRegistryContentType}},
              request_body(definition, references).dump()},
             "this schema of subject " + subject, std::move(stop));
}

}  // namespace emulator
