#include "emulator/doctor/registry_look.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "emulator/aws/aws_client.h"
#include "emulator/aws/http_call.h"
#include "emulator/aws/url.h"
#include "emulator/config/text.h"
#include "emulator/doctor/network_look.h"
#include "emulator/doctor/tls_look.h"
#include "emulator/kafka/certificate_text.h"
#include "emulator/registry/glue.h"
#include "emulator/registry/schema_files.h"
#include "emulator/schema/codec.h"
#include "emulator/secrets/http_access.h"
#include "emulator/secrets/secret.h"

namespace emulator {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kConnectLimit{2'000};
constexpr milliseconds kTlsLimit{2'000};
constexpr HttpLimits kLimits{milliseconds(2'000), milliseconds(3'000), 1024 * 1024};
constexpr const char* kQuestion = "/schemas/types";  // the cheapest that every registry answers

// Name, port and, of https, the certificate; nullopt: nothing is wrong so far.
std::optional<Check> way_to(const Url& url, const std::string& authorities,
                            const std::string& setting) {
  const HostPort place{url.host, std::to_string(url.port)};
  const auto resolved = resolve(place, kConnectLimit);
  if (resolved.addresses.empty())
    return Check::bad(url.host + " does not resolve: " + resolved.problem, "correct " + setting);
  const auto connected = connect_to(resolved.addresses, kConnectLimit);
  if (connected.socket.get() == -1)
    return Check::bad(url.text() + ": " + connected.problem,
                      "start the registry there, or correct " + setting);
  if (url.scheme == Url::Scheme::Http) return std::nullopt;
  const auto sight = look_at_tls(connected.socket.get(), url.host, authorities, kTlsLimit);
  if (!sight.problem.empty())
    return Check::bad(url.text() + ": " + sight.problem,
                      "check that the registry speaks TLS at this port");
  if (sight.certificate_fault == 0) return std::nullopt;
  auto check = Check::bad_line(certificate_text(sight.certificate_fault), "; ");
  check.text = url.text() + " is not trusted: " + check.text;
  return check;
}

Check ask(const Url& url, const HttpAccess& access, const RegistrySettings& settings) {
  HttpCall question{"GET", kQuestion, {}, {}};
  if (!access.username.empty())
    question.headers.push_back(basic_login(access.username, access.password));
  const auto result = call(url, std::move(question), access.tls, {}, kLimits);
  if (const auto* none = std::get_if<NoAnswer>(&result))
    return Check::bad(url.text() + ": " + none->reason, "look into the registry's log");
  const int status = std::get<HttpAnswer>(result).status;
  const std::string answers = url.text() + " answers";
  if (status == 200) return Check::good(answers);
  if (status == 401 || status == 403)
    return Check::bad(url.text() + " refuses the login (" + std::to_string(status) + ")",
                      std::string("correct ") + settings.login);
  return Check::bad(
      answers + " " + std::to_string(status) + " to GET " + kQuestion,
      std::string("correct the path of ") + settings.address + ": it ends where /subjects begins");
}

Check look_at_confluent(const Url& url, const HttpAccess& access,
                        const RegistrySettings& settings) {
  if (auto problem = way_to(url, access.tls.ca_certificates, settings.address))
    return *std::move(problem);
  return ask(url, access, settings);
}

Check look_at_glue(const SchemaRegistry& registry, const std::string& region,
                   const RegistryLookParts& look) {
  const auto client = glue_client(registry.uri, region, look.real_aws, look.environment, kLimits);
  if (!client)
    return Check::bad(
        registry.uri + ": klambda knows no AWS Glue to ask",
        "set " + variable_name(AwsService::Glue) + " to a local one, or add --allow-aws");
  const auto answer =
      client->json("AWSGlue.GetRegistry", "1.1",
                   nlohmann::json{{"RegistryId", {{"RegistryArn", registry.uri}}}}.dump(), {});
  const auto* failure = std::get_if<AwsFailure>(&answer);
  if (failure == nullptr) return Check::good(client->where() + " knows " + registry.uri);
  if (failure->kind == AwsFailure::Kind::Missing || failure->code == "EntityNotFoundException")
    return Check::bad(client->where() + " has no registry " + registry.uri,
                      std::string("create it there, or correct ") + look.settings.address);
  return Check::bad_line("Glue at " + client->where() + ": " + failure->text, "; ");
}

}  // namespace

Check look_at_registry(const SchemaRegistry& registry, const std::string& region,
                       const RegistryLookParts& look) {
  try {
    const auto url = parse_url(registry.uri);
    return url ? look_at_confluent(*url, read_http_access(registry.access, look.secrets),
                                   look.settings)
               : look_at_glue(registry, region, look);
  } catch (const SecretError& error) {
    return Check::bad_line(error.what(), ": ");
  } catch (const ConfigError& error) {
    return Check::bad_line(error.what(), ": ");
  }
}

Check look_at_schema_files(const std::filesystem::path& directory) {
  std::set<std::string> ids;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; entry != end;
       entry.increment(error)) {
    if (error) break;
    if (const auto id = id_of_file(entry->path())) ids.insert(*id);
  }
  if (error) return Check::bad(directory.string() + ": " + error.message(), "correct --schemas");
  if (ids.empty())
    return Check::bad(directory.string() + " has no schema by its files' names",
                      "name them NAME.ID.avsc, .proto or .json, with the id that records carry");
  SchemaFiles files(directory);
  for (const auto& id : ids) {
    const auto fetched = files.fetch(id, {});
    if (const auto* problem = std::get_if<SourceProblem>(&fetched))
      return Check::bad_line(problem->text, ": ");
    try {
      compile(std::get<SchemaDefinition>(fetched));
    } catch (const SchemaError& broken) {
      return Check::bad("schema " + id + " of " + directory.string() + ": " + broken.what(),
                        "correct that file");
    }
  }
  return Check::good(directory.string() + " has " + counted(ids.size(), "schema"));
}

}  // namespace emulator
