// A function's Layers: those that the template itself declares with content on this machine.
// docs.aws.amazon.com/serverless-application-model/latest/developerguide/
// sam-resource-layerversion.html
#include <string>
#include <system_error>
#include <utility>

#include "emulator/config/sam.h"
#include "emulator/config/text.h"

namespace emulator::sam {
namespace {

namespace fs = std::filesystem;

struct DeclaredLayer {
  std::string logical_id;
  const Value* resource = nullptr;
  std::string content;  // the property that names its content
};

std::vector<DeclaredLayer> declared_layers(const Value& root) {
  std::vector<DeclaredLayer> layers;
  for (const auto& member : root.find("Resources")->members) {
    const auto* type = member.value.find("Type");
    if (type == nullptr) continue;
    if (type->text == "AWS::Serverless::LayerVersion")
      layers.push_back({member.name, &member.value, "ContentUri"});
    if (type->text == "AWS::Lambda::LayerVersion")
      layers.push_back({member.name, &member.value, "Content"});
  }
  return layers;
}

// What Ref gives for it.
std::optional<std::string> arn_of(const DeclaredLayer& layer, const Context& context) {
  Value ref;
  ref.kind = Value::Kind::Scalar;
  ref.tag = "!Ref";
  ref.text = layer.logical_id;
  ref.line = layer.resource->line;
  return context.intrinsics.resolve_text(ref, layer.logical_id);
}

// Its directory or zip; nullopt after a warning.
std::optional<fs::path> content_of(const DeclaredLayer& layer, const Context& context) {
  const auto* properties = layer.resource->find("Properties");
  const auto* content = properties != nullptr ? properties->find(layer.content) : nullptr;
  const std::string what = layer.content + " of " + layer.logical_id;
  const auto value = content != nullptr ? context.intrinsics.resolve(*content) : std::nullopt;
  if (value && value->is_map()) {
    const Section in_s3(what, *value, context.intrinsics, context.diagnostics);
    if (auto asset = synthesized_asset(in_s3, context)) return asset;
  }
  if (!value || !value->is_scalar() || value->text.find("://") != std::string::npos) {
    context.diagnostics.warn(content != nullptr ? content->line : layer.resource->line,
                             what + " names nothing on this machine: the layer is left out");
    return std::nullopt;
  }
  auto path =
      (context.template_file.parent_path() / value->text / "").lexically_normal().parent_path();
  std::error_code error;
  if (fs::is_directory(path, error) || is_archive(path)) return path;
  context.diagnostics.warn(content->line, what + " is " + value->text +
                                              ": there is no directory or zip " + path.string() +
                                              ": the layer is left out");
  return std::nullopt;
}

}  // namespace

bool is_archive(const fs::path& path) {
  std::error_code error;
  return (path.extension() == ".zip" || path.extension() == ".jar") &&
         fs::is_regular_file(path, error);
}

std::vector<fs::path> read_layers(const Section& function, const Context& context) {
  std::vector<fs::path> layers;
  const auto arns = function.texts("Layers");
  if (!arns || arns->empty()) return layers;
  std::map<std::string, DeclaredLayer> declared;
  for (auto& layer : declared_layers(context.root)) {
    if (auto arn = arn_of(layer, context)) declared.emplace(*std::move(arn), std::move(layer));
  }
  for (const auto& arn : *arns) {
    const auto found = declared.find(arn);
    if (found == declared.end()) {
      function.warn("Layers", "names " + arn +
                                  ", which is no layer of this template: put what the function "
                                  "needs into its CodeUri, or declare the layer here");
    } else if (auto content = content_of(found->second, context)) {
      layers.push_back(*std::move(content));
    }
  }
  return layers;
}

}  // namespace emulator::sam
