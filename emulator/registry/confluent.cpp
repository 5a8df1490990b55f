#include "emulator/registry/confluent.h"

#include <stdexcept>
#include <utility>

#include "emulator/config/text.h"
#include "emulator/registry/registry_json.h"

namespace emulator {
namespace {

constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kTooManyRequests = 429;

// 40401 subject, 40402 version, 40403 schema; a plain 404 is that of a path which no registry has.
bool says_missing(const HttpAnswer& answer, const nlohmann::json& body) {
  if (answer.status != kNotFound || !body.is_object()) return false;
  const auto code = number_member(body, "error_code").value_or(0);
  return code > 40'400 && code < 40'500;
}

}  // namespace

ConfluentRegistry::ConfluentRegistry(Url url, LoadRegistryAccess access, HttpLimits limits)
    : url_(std::move(url)), access_(std::move(access)), limits_(limits) {}

// ---- for decoding ----

SchemaSource::Fetched ConfluentRegistry::fetch(const std::string& id, std::stop_token stop) {
  auto answer = ask({"GET", "/schemas/ids/" + id, {}, {}}, "schema " + id, stop);
  if (auto* schema = std::get_if<Json>(&answer)) return definition_of(*schema, stop);
  if (auto* missing = std::get_if<MissingSchema>(&answer)) return std::move(*missing);
  return std::get<SourceProblem>(std::move(answer));
}

SchemaSource::Fetched ConfluentRegistry::definition_of(const Json& schema,
                                                       std::stop_token stop) const {
  SchemaDefinition definition;
  const std::string type = text_member(schema, "schemaType");
  const auto format = type.empty() ? SchemaFormat::Avro : schema_format(type);
  if (!format || !schema.contains("schema"))
    return problem(SourceProblem::Kind::RegistryFailed,
                   "answers without a schema, or with one of an unknown type: is this a schema "
                   "registry?");
  definition.format = *format;
  definition.text = text_member(schema, "schema");
  std::set<std::string> names;
  if (auto failed = add_references(schema, definition, names, std::move(stop)))
    return std::move(*failed);
  return definition;
}

// Depth first; a name that was seen is not asked for again, so a circle ends here and is the
// compiler's to refuse.
std::optional<SchemaSource::Fetched> ConfluentRegistry::add_references(const Json& schema,
                                                                       SchemaDefinition& definition,
                                                                       std::set<std::string>& names,
                                                                       std::stop_token stop) const {
  const auto references = schema.find("references");
  if (references == schema.end() || !references->is_array()) return std::nullopt;
  for (const Json& reference : *references) {
    if (!reference.is_object()) continue;
    const std::string name = text_member(reference, "name");
    if (!names.insert(name).second) continue;
    if (names.size() > kSchemaReferencesMax)
      return problem(
          SourceProblem::Kind::RegistryFailed,
          "has a schema with more than " + std::to_string(kSchemaReferencesMax) + " references");
    const std::string subject = text_member(reference, "subject");
    const auto version = number_member(reference, "version");
    auto answer =
        ask({"GET",
             subject_path(subject) + "/versions/" + (version ? std::to_string(*version) : "latest"),
             {},
             {}},
            "subject " + subject + ", to which a schema refers,", stop);
    if (auto* missing = std::get_if<MissingSchema>(&answer)) return std::move(*missing);
    if (auto* failed = std::get_if<SourceProblem>(&answer)) return std::move(*failed);
    const Json& referred = std::get<Json>(answer);
    if (auto failed = add_references(referred, definition, names, stop)) return failed;
    definition.references.push_back({name, text_member(referred, "schema")});
  }
  return std::nullopt;
}

// ---- the API ----

ConfluentRegistry::Answer ConfluentRegistry::ask(HttpCall request, const std::string& what,
                                                 std::stop_token stop) const {
  HttpAccess access;
  try {
    access = access_();
  } catch (const std::runtime_error& error) {
    return problem(SourceProblem::Kind::RegistryRefused,
                   std::string("cannot be logged in to: ") + error.what());
  }
  request.headers.emplace_back("Accept", std::string(kRegistryContentType) + ", application/json");
  if (!access.username.empty())
    request.headers.push_back(basic_login(access.username, access.password));
  const auto answer = call(url_, std::move(request), access.tls, std::move(stop), limits_);
  if (const auto* none = std::get_if<NoAnswer>(&answer)) {
    if (none->kind == NoAnswer::Kind::NotTrusted)
      return problem(SourceProblem::Kind::RegistryNotTrusted,
                     "is not connected to: " + none->reason +
                         "; give its authority as SERVER_ROOT_CA_CERTIFICATE in AccessConfigs");
    return problem(SourceProblem::Kind::RegistryUnreachable,
                   "does not answer: " + none->reason + "; start it, or correct its address");
  }
  return explain(std::get<HttpAnswer>(answer), what);
}

ConfluentRegistry::Answer ConfluentRegistry::explain(const HttpAnswer& answer,
                                                     const std::string& what) const {
  auto body = Json::parse(answer.body, nullptr, false);
  if (answer.status == 200 && body.is_object()) return body;
  if (says_missing(answer, body)) return MissingSchema{what + " is not in " + where()};
  const std::string status = std::to_string(answer.status);
  switch (answer.status) {
    case kUnauthorized:
    case kForbidden:  // what it says of it may quote the login
      return problem(SourceProblem::Kind::RegistryRefused,
                     "refuses the login (answer " + status +
                         "): check the secret of BASIC_AUTH in AccessConfigs, and its rights");
    case kTooManyRequests:
      return problem(SourceProblem::Kind::RegistryThrottled,
                     "is asked too often (answer " + status + ")");
    case kNotFound:
      return problem(SourceProblem::Kind::RegistryFailed,
                     "has no such path (answer " + status +
                         "): give the address up to what stands before /subjects, for Apicurio "
                         "with /apis/ccompat/v7");
    default:
      break;
  }
  const std::string message = body.is_object() ? text_member(body, "message") : std::string();
  return problem(SourceProblem::Kind::RegistryFailed,
                 "answers " + status + (message.empty() ? "" : ": " + one_line(message)) +
                     "; look at what it logs");
}

SourceProblem ConfluentRegistry::problem(SourceProblem::Kind kind, const std::string& text) const {
  return {kind, "the schema registry at " + where() + " " + text};
}

}  // namespace emulator
