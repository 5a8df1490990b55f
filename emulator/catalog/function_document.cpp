// Functions as the documents of a store, and back. A document holds what cannot be made again.
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/catalog/functions.h"

namespace emulator {
namespace {

constexpr auto kKinds = std::to_array<std::pair<FunctionCode::Kind, std::string_view>>(
    {{FunctionCode::Kind::Package, "package"},
     {FunctionCode::Kind::Directory, "directory"},
     {FunctionCode::Kind::Image, "image"}});

std::string kind_text(FunctionCode::Kind kind) {
  for (const auto& [known, text] : kKinds) {
    if (known == kind) return std::string(text);
  }
  return {};
}

FunctionCode::Kind kind_of(const std::string& text) {
  for (const auto& [kind, known] : kKinds) {
    if (known == text) return kind;
  }
  return FunctionCode::Kind::Directory;
}

Json document_of(const FunctionVersion& version) {
  const auto& code = version.code;
  const auto& state = version.deployment;
  return {{"version", version.version},
          {"settings", version.settings},
          {"code",
           {{"kind", kind_text(code.kind)},
            {"sha256", code.sha256},
            {"sizeBytes", code.size_bytes},
            {"directory", code.directory},
            {"optDirectory", code.opt_directory},
            {"imageUri", code.image_uri}}},
          {"state",
           {state.state, state.state_reason, state.state_reason_code, state.last_update_status,
            state.last_update_reason, state.last_update_reason_code}},
          {"lastModifiedMs", version.last_modified_ms},
          {"revisionId", version.revision_id},
          {"deploymentId", version.deployment_id},
          {"publishedDescription", version.published_description}};
}

FunctionVersion version_from(const std::string& name, const Json& document) {
  FunctionVersion version;
  version.version = document.at("version");
  version.settings = document.at("settings");
  const auto& code = document.at("code");
  version.code.kind = kind_of(code.at("kind"));
  version.code.sha256 = code.at("sha256");
  version.code.size_bytes = code.at("sizeBytes");
  version.code.directory = code.at("directory");
  version.code.opt_directory = code.at("optDirectory");
  version.code.image_uri = code.value("imageUri", "");
  auto& state = version.deployment;
  const auto& texts = document.at("state");
  state = {texts.at(0), texts.at(1), texts.at(2), texts.at(3), texts.at(4), texts.at(5)};
  version.last_modified_ms = document.at("lastModifiedMs");
  version.revision_id = document.at("revisionId");
  version.deployment_id = document.at("deploymentId");
  version.published_description = document.at("publishedDescription");
  version.config = runnable(name, version);
  return version;
}

}  // namespace

Json to_document(const Function& function) {
  Json document = {{"name", function.name()},
                   {"latest", document_of(function.latest)},
                   {"nextVersion", function.next_version},
                   {"versions", Json::array()},
                   {"aliases", Json::array()},
                   {"tags", function.tags},
                   {"eventInvoke", function.event_invoke},
                   {"attachments", function.attachments}};
  for (const auto& [number, version] : function.versions)
    document["versions"].push_back(document_of(version));
  for (const auto& [name, alias] : function.aliases) {
    document["aliases"].push_back({{"name", name},
                                   {"version", alias.version},
                                   {"description", alias.description},
                                   {"weights", alias.weights},
                                   {"revisionId", alias.revision_id}});
  }
  if (function.reserved_concurrency)
    document["reservedConcurrency"] = *function.reserved_concurrency;
  return document;
}

Function function_from_document(const Json& document) {
  Function function;
  const std::string name = document.at("name");
  function.latest = version_from(name, document.at("latest"));
  function.next_version = document.at("nextVersion");
  for (const auto& each : document.at("versions")) {
    auto version = version_from(name, each);
    function.versions.emplace(std::stoi(version.version), std::move(version));
  }
  for (const auto& each : document.at("aliases")) {
    FunctionAlias alias{each.at("name"), each.at("version"), each.at("description"),
                        each.at("weights"), each.at("revisionId")};
    function.aliases.emplace(alias.name, std::move(alias));
  }
  function.tags = document.at("tags");
  function.event_invoke = document.at("eventInvoke");
  function.attachments = document.at("attachments");
  if (document.contains("reservedConcurrency"))
    function.reserved_concurrency = document.at("reservedConcurrency").get<int>();
  return function;
}

}  // namespace emulator
