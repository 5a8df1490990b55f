#include "emulator/control/function_updates.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/catalog/code_source.h"
#include "emulator/catalog/function_changes.h"
#include "emulator/catalog/function_response.h"
#include "emulator/catalog/function_settings.h"
#include "emulator/catalog/version_changes.h"
#include "emulator/control/constraints.h"
#include "emulator/control/function_operations.h"
#include "emulator/control/function_shapes.h"
#include "emulator/control/names.h"
#include "emulator/control/tags.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;

// docs API_CreateFunction.html, FunctionName: "If you specify only the function name, it is limited
// to 64 characters in length."
constexpr std::size_t kNameCharactersMax = 64;

bool flag(const Json& body, const char* name) {
  return member<bool>(body, name).value_or(false);
}

void refuse_publish_to(const Json& body) {
  if (member<std::string>(body, "PublishTo")) {
    throw invalid_parameter_value(
        "klambda does not do PublishTo: Publish publishes a numbered version");
  }
}

runtime_api::InstanceKind instances_of(const Json& configuration) {
  using runtime_api::InstanceKind;
  return configuration.contains("CapacityProviderConfig") ? InstanceKind::Managed
                                                          : InstanceKind::Default;
}

struct Layers {
  Json shown = Json::array();
  std::string opt_directory;  // empty: none
};

Layers find_layers(const Json& arns, const FunctionParts& parts) {
  Layers found;
  std::vector<std::string> sha256s;
  for (const auto& layer : parts.layers.resolve(arns.get<std::vector<std::string>>())) {
    found.shown.push_back(layer.reference());
    sha256s.push_back(layer.sha256);
  }
  if (!sha256s.empty()) found.opt_directory = parts.packages.opt_directory(sha256s).string();
  return found;
}

std::string new_name(const Json& body) {
  const std::string text = body.at("FunctionName");
  const auto named = named_function(text);
  if (!named.qualifier.empty())
    throw invalid_parameter_value("Unsupported function name: " + text);  // inference
  if (named.name.size() > kNameCharactersMax) {
    Violations violations;
    violations.add(
        text, "functionName",
        "Member must have length less than or equal to " + std::to_string(kNameCharactersMax));
    violations.throw_if_any();
  }
  return named.name;
}

// AWS's words for an update; those for a creation are an inference from them.
void require_package(const Json& settings, const FunctionCode& code, const std::string& doing) {
  const bool is_image = settings.value("PackageType", "Zip") == "Image";
  if (is_image == (code.kind == FunctionCode::Kind::Image)) return;
  throw invalid_parameter_value(
      is_image
          ? "Please provide ImageUri when " + doing + " a function with packageType Image."
          : "Please don't provide ImageUri when " + doing + " a function with packageType Zip.");
}

HttpResponse create(ApiRequest& request, const FunctionParts& parts) {
  const Json body = request.body();
  check_shape(body, create_function_shapes(instances_of(body)));
  refuse_publish_to(body);
  NewFunction made;
  made.name = new_name(body);
  const ApiError exists = resource_conflict("Function already exist: " + made.name);
  if (parts.functions.find(made.name)) throw ApiError(exists);
  made.tags = member<Tags>(body, "Tags").value_or(Tags{});
  require_tag_limit(made.tags);
  const Layers layers = find_layers(member<Json>(body, "Layers").value_or(Json::array()), parts);
  made.settings = created_settings(made.name, body, layers.shown);
  made.code = fetch_code(body.at("Code"), parts.packages);
  require_package(made.settings, made.code, "creating");
  made.code.opt_directory = layers.opt_directory;

  const bool publish = flag(body, "Publish");
  const std::string name = made.name;
  Function function = created_function(std::move(made));
  if (publish) function = publish_version(function, {});
  const auto created = parts.functions.change(name, [&](const Function* present) {
    if (present != nullptr) throw ApiError(exists);
    return std::optional<Function>(std::move(function));
  });
  // Recorded: the published version's number, but the function's own ARN.
  const FunctionVersion& shown = publish ? created->versions.begin()->second : created->latest;
  return json_response(201, function_configuration(*created, shown, ""));
}

HttpResponse update_code(ApiRequest& request, const FunctionParts& parts) {
  const std::string name = unqualified_function(request);
  const Json body = request.body();
  check_shape(body, update_function_code_shapes());
  refuse_publish_to(body);
  const ApiError missing = function_not_found(name);
  const auto revision_id = member<std::string>(body, "RevisionId");
  const auto architectures = member<Json>(body, "Architectures");
  // What cannot be changed is said before the code is fetched, which may take long.
  const auto present = parts.functions.get(name, missing);
  require_revision(revision_id, present->latest.revision_id);
  require_settled(*present);
  FunctionCode code = fetch_code(body, parts.packages);
  require_package(present->latest.settings, code, "updating");
  if (flag(body, "DryRun")) {
    FunctionVersion unchanged = present->latest;
    unchanged.code = std::move(code);
    return json_response(200, function_configuration(*present, unchanged, ""));
  }
  const bool publish = flag(body, "Publish");
  const auto updated = parts.functions.update(name, missing, [&](const Function& function) {
    Function next = with_code(function, code, architectures, revision_id);
    return publish ? publish_version(next, {}) : next;
  });
  if (!publish) return json_response(200, function_configuration(*updated, updated->latest, ""));
  const FunctionVersion& version = *already_published(*updated);
  return json_response(200, function_configuration(*updated, version, version.version));
}

HttpResponse update_configuration(ApiRequest& request, const FunctionParts& parts) {
  const std::string name = unqualified_function(request);
  const Json body = request.body();
  const auto known = parts.functions.find(name);
  check_shape(body, update_function_configuration_shapes(
                        instances_of(known ? known->latest.settings : body)));
  const ApiError missing = function_not_found(name);
  parts.functions.get(name, missing);
  std::optional<Layers> layers;
  if (const auto arns = member<Json>(body, "Layers")) layers = find_layers(*arns, parts);
  std::optional<Json> shown_layers;
  std::optional<std::string> opt_directory;
  if (layers) {
    shown_layers = layers->shown;
    opt_directory = layers->opt_directory;
  }
  const auto updated = parts.functions.update(name, missing, [&](const Function& function) {
    Json settings = updated_settings(name, function.latest.settings, body, shown_layers);
    return with_settings(function, std::move(settings), opt_directory,
                         member<std::string>(body, "RevisionId"));
  });
  return json_response(200, function_configuration(*updated, updated->latest, ""));
}

}  // namespace

void add_function_updates(Router& router, const FunctionParts& parts) {
  const BodyLimit with_code{kRequestBytesMax};
  router.add(
      "POST", "/2015-03-31/functions", "CreateFunction",
      [parts](ApiRequest& request) { return create(request, parts); }, with_code);
  router.add(
      "PUT", "/2015-03-31/functions/{FunctionName}/code", "UpdateFunctionCode",
      [parts](ApiRequest& request) { return update_code(request, parts); }, with_code);
  router.add("PUT", "/2015-03-31/functions/{FunctionName}/configuration",
             "UpdateFunctionConfiguration",
             [parts](ApiRequest& request) { return update_configuration(request, parts); });
}

}  // namespace emulator
