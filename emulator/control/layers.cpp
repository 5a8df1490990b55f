#include "emulator/control/layers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "emulator/catalog/code_source.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"
#include "emulator/control/constraints.h"
#include "emulator/control/paging.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;
using Type = Shape::Type;
using Word = std::string_view;

// Constraints and their order: botocore's model.
constexpr Shape kNameShape{
    .min = 1,
    .max = 2048,
    .pattern = R"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-)"
               R"(\d{1}:\d{12}:layer:[a-zA-Z0-9-_]{1,140}|[a-zA-Z0-9-_]{1,140}))"};
constexpr Shape kArnShape{
    .min = 1,
    .max = 2048,
    .pattern = R"(((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-)"
               R"(\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::)"
               R"(awslayer:[a-zA-Z0-9-_]+)))"};
constexpr auto kRuntimes = std::to_array<Word>(
    {"nodejs",          "nodejs4.3",     "nodejs6.10", "nodejs8.10",    "nodejs10.x",
     "nodejs12.x",      "nodejs14.x",    "nodejs16.x", "nodejs18.x",    "nodejs20.x",
     "nodejs22.x",      "nodejs24.x",    "java8",      "java8.al2",     "java11",
     "java17",          "java21",        "java25",     "python2.7",     "python3.6",
     "python3.7",       "python3.8",     "python3.9",  "python3.10",    "python3.11",
     "python3.12",      "python3.13",    "python3.14", "dotnetcore1.0", "dotnetcore2.0",
     "dotnetcore2.1",   "dotnetcore3.1", "dotnet6",    "dotnet8",       "dotnet10",
     "nodejs4.3-edge",  "go1.x",         "ruby2.5",    "ruby2.7",       "ruby3.2",
     "ruby3.3",         "ruby3.4",       "ruby4.0",    "provided",      "provided.al2",
     "provided.al2023", "nodejs26.x",    "python3.15", "java8.al2023",  "java11.al2023",
     "java17.al2023",   "custom"});
constexpr std::array<Word, 2> kArchitectures{"x86_64", "arm64"};
constexpr std::array<Word, 2> kStorageModes{"COPY", "REFERENCE"};
constexpr std::array<Shape, 1> kRuntime{{{.words = kRuntimes}}};
constexpr std::array<Shape, 1> kArchitecture{{{.words = kArchitectures}}};
constexpr std::array<Shape, 5> kContent{{
    {.member = "S3Bucket", .min = 3, .max = 63, .pattern = R"([0-9A-Za-z\.\-_]*(?<!\.))"},
    {.member = "S3Key", .min = 1, .max = 1024},
    {.member = "S3ObjectVersion", .min = 1, .max = 1024},
    {.member = "S3ObjectStorageMode", .words = kStorageModes},
    {.member = "ZipFile", .type = Type::Blob, .shown = Shape::Shown::Nothing},
}};
constexpr std::array<Shape, 5> kPublish{{
    {.member = "Description", .min = 0, .max = 256},
    {.member = "Content", .type = Type::Object, .required = true, .members = kContent},
    {.member = "CompatibleArchitectures", .type = Type::List, .max = 2, .members = kArchitecture},
    {.member = "CompatibleRuntimes", .type = Type::List, .max = 15, .members = kRuntime},
    {.member = "LicenseInfo", .min = 0, .max = 512},
}};
constexpr PageLimits kPage{50, 50};

ApiError no_such_version() {
  return resource_not_found("The resource you requested does not exist.");
}

std::string text_member(const Json& body, const char* name) {
  const auto member = body.find(name);
  return member != body.end() && member->is_string() ? member->get<std::string>() : std::string();
}
std::vector<std::string> texts_member(const Json& body, const char* name) {
  const auto member = body.find(name);
  return member != body.end() && member->is_array() ? member->get<std::vector<std::string>>()
                                                    : std::vector<std::string>();
}

// {LayerName}, which may be an ARN.
std::string layer_name(const ApiRequest& request) {
  const auto& text = request.parameter("LayerName");
  check_text(text, "layerName", kNameShape);
  const auto arn = parse_layer_arn(text);
  return arn ? arn->name : text;
}

std::int64_t version_number(const ApiRequest& request) {
  const auto& text = request.parameter("VersionNumber");
  const auto number = parse_integer(text);
  if (!number)
    throw serialization_error("VersionNumber '" + text + "' can not be converted to a Long");
  if (*number < 1) throw invalid_parameter_value("Layer Version Cannot be less than 1");
  return *number;
}

// LayerVersionsListItem.
Json listed(const LayerVersion& version) {
  Json item = {{"LayerVersionArn", version.arn()},
               {"Version", version.number},
               {"Description", version.description},
               {"CreatedDate", lambda_time(version.created_ms)}};
  if (!version.runtimes.empty()) item["CompatibleRuntimes"] = version.runtimes;
  if (!version.license_info.empty()) item["LicenseInfo"] = version.license_info;
  if (!version.architectures.empty()) item["CompatibleArchitectures"] = version.architectures;
  return item;
}

Json shown(const LayerVersion& version, const CodeLinks& links, const ApiRequest& request) {
  Json body = {{"Content",
                {{"Location", links.url_for_package(version.sha256, request)},
                 {"CodeSha256", version.sha256},
                 {"CodeSize", version.size_bytes}}},
               {"LayerArn", version.layer_arn()}};
  body.update(listed(version));
  return body;
}

// What ListLayers and ListLayerVersions are asked for.
class Wanted {
 public:
  explicit Wanted(const ApiRequest& request)
      : runtime_(request.query("CompatibleRuntime")),
        architecture_(request.query("CompatibleArchitecture")) {
    if (architecture_)
      check_text(*architecture_, "compatibleArchitecture", {.words = kArchitectures});
    if (runtime_) check_text(*runtime_, "compatibleRuntime", {.words = kRuntimes});
  }
  bool operator()(const LayerVersion& version) const {
    return fits(runtime_, version.runtimes) && fits(architecture_, version.architectures);
  }

 private:
  static bool fits(const std::optional<std::string>& wanted,
                   const std::vector<std::string>& compatible) {
    return !wanted || std::find(compatible.begin(), compatible.end(), *wanted) != compatible.end();
  }

  std::optional<std::string> runtime_;
  std::optional<std::string> architecture_;
};

HttpResponse publish(ApiRequest& request, LayerCatalog& layers, PackageStore& packages,
                     const CodeLinks& links) {
  LayerVersion version;
  version.name = layer_name(request);
  const Json body = request.body();
  check_shape(body, kPublish);
  version.description = text_member(body, "Description");
  version.license_info = text_member(body, "LicenseInfo");
  version.runtimes = texts_member(body, "CompatibleRuntimes");
  version.architectures = texts_member(body, "CompatibleArchitectures");
  const auto package = fetch_package(body.at("Content"), packages);
  version.sha256 = package.sha256;
  version.size_bytes = package.size_bytes;
  version.created_ms = epoch_ms_now();
  return json_response(201, shown(layers.publish(std::move(version)), links, request));
}

HttpResponse get(const ApiRequest& request, const std::string& name, std::int64_t number,
                 const LayerCatalog& layers, const CodeLinks& links) {
  const auto version = layers.find(name, number);
  if (!version) throw no_such_version();
  return json_response(200, shown(*version, links, request));
}

HttpResponse get_by_arn(const ApiRequest& request, const LayerCatalog& layers,
                        const CodeLinks& links) {
  const auto text = request.query("Arn");
  if (!text) {
    Violations violations;
    violations.add_null("arn");
    violations.throw_if_any();
  }
  check_text(*text, "arn", kArnShape);
  const auto arn = parse_layer_arn(*text);
  if (!arn || !arn->number) throw no_such_version();
  const auto version = layers.find(arn->name, *arn->number);
  if (!version || version->arn() != *text) throw no_such_version();
  return json_response(200, shown(*version, links, request));
}

HttpResponse list_layers(const ApiRequest& request, const LayerCatalog& layers) {
  const Wanted wanted(request);
  std::vector<LayerVersion> newest;  // of each layer, among those that are wanted
  for (const auto& name : layers.names()) {
    const auto versions = layers.versions(name);
    const auto found = std::find_if(versions.begin(), versions.end(), std::cref(wanted));
    if (found != versions.end()) newest.push_back(*found);
  }
  return json_response(200, page_of(
                                page_request(request, kPage), "Layers", newest,
                                [](const LayerVersion& version) { return version.name; },
                                [](const LayerVersion& version) {
                                  return Json{{"LayerName", version.name},
                                              {"LayerArn", version.layer_arn()},
                                              {"LatestMatchingVersion", listed(version)}};
                                }));
}

HttpResponse list_versions(const ApiRequest& request, const LayerCatalog& layers) {
  const Wanted wanted(request);
  auto versions = layers.versions(layer_name(request));
  std::erase_if(versions, std::not_fn(std::cref(wanted)));
  // The newest comes first: keys of one length that grow as numbers fall.
  const auto key = [](const LayerVersion& version) {
    return std::to_string(std::numeric_limits<std::int64_t>::max() - version.number);
  };
  return json_response(
      200, page_of(page_request(request, kPage), "LayerVersions", versions, key, listed));
}

}  // namespace

void add_layers(Router& router, LayerCatalog& layers, PackageStore& packages,
                const CodeLinks& links) {
  router.add("POST", "/2018-10-31/layers/{LayerName}/versions", "PublishLayerVersion",
             [&](ApiRequest& request) { return publish(request, layers, packages, links); },
             {kRequestBytesMax});
  router.add("GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", "GetLayerVersion",
             [&](ApiRequest& request) {
               return get(request, layer_name(request), version_number(request), layers, links);
             });
  router.add("GET", "/2018-10-31/layers?find=LayerVersion", "GetLayerVersionByArn",
             [&](ApiRequest& request) { return get_by_arn(request, layers, links); });
  router.add("GET", "/2018-10-31/layers", "ListLayers",
             [&](ApiRequest& request) { return list_layers(request, layers); });
  router.add("GET", "/2018-10-31/layers/{LayerName}/versions", "ListLayerVersions",
             [&](ApiRequest& request) { return list_versions(request, layers); });
  // A version that does not exist is deleted already, as on AWS.
  router.add("DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}",
             "DeleteLayerVersion", [&](ApiRequest& request) {
               layers.remove(layer_name(request), version_number(request));
               return empty_response(204);
             });
}

}  // namespace emulator
