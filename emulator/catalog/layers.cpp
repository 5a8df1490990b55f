#include "emulator/catalog/layers.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "emulator/catalog/api_error.h"
#include "emulator/config/model.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr const char* kKind = "layer";
constexpr std::size_t kLayersMax = 5;  // of a function (docs gettingstarted-limits.html)

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// What the API's model says of one of a function's Layers.
[[noreturn]] void refuse_arn(const std::string& arn) {
  Violations violations;
  violations.add("[" + arn + "]", "layers",
                 "Member must satisfy constraint: [Member must have length less than or equal to "
                 "2048, Member must have length greater than or equal to 1, Member must satisfy "
                 "regular expression pattern: "
                 "(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-"
                 "\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::"
                 "awslayer:[a-zA-Z0-9-_]+), Member must not be null]");
  violations.throw_if_any();
  throw std::logic_error("unreachable");
}

// As AWS answers where no policy of the layer lets the caller in.
[[noreturn]] void refuse_account(const std::string& arn) {
  throw access_denied(
      "User: arn:aws:iam::" + std::string(kAccountId) +
      ":root is not authorized to perform: lambda:GetLayerVersion on resource: " + arn +
      " because no resource-based policy allows the lambda:GetLayerVersion action "
      "(klambda has no other account's layers: publish its zip with "
      "PublishLayerVersion)");
}

}  // namespace

std::string LayerVersion::layer_arn() const {
  return "arn:aws:lambda:" + std::string(kRegion) + ":" + kAccountId + ":layer:" + name;
}
std::string LayerVersion::arn() const {
  return layer_arn() + ":" + std::to_string(number);
}

std::optional<LayerArn> parse_layer_arn(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() < 7 || parts.size() > 8 || parts[0] != "arn" || !parts[1].starts_with("aws") ||
      parts[2] != "lambda" || parts[3].empty() || parts[4].size() != 12 || !is_digits(parts[4]) ||
      parts[5] != "layer" || parts[6].empty() || !consists_of(parts[6], "-_"))
    return std::nullopt;
  LayerArn arn{parts[3], parts[4], parts[6], std::nullopt};
  if (parts.size() == 8) {
    arn.number = is_digits(parts[7]) ? parse_integer(parts[7]) : std::nullopt;
    if (!arn.number) return std::nullopt;
  }
  return arn;
}

LayerCatalog::LayerCatalog(Store* store) : store_(store) {}

void LayerCatalog::load() {
  if (store_ == nullptr) return;
  for (const auto& [name, document] : store_->all(kKind)) {
    try {
      auto layer = from_document(name, Json::parse(document));
      const std::lock_guard lock(mutex_);
      layers_[name] = std::move(layer);
    } catch (const std::exception& error) {
      throw std::runtime_error("layer " + name + " of the state directory: " + error.what());
    }
  }
}

LayerVersion LayerCatalog::publish(LayerVersion version) {
  const std::lock_guard serial(changing_);
  Layer layer;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = layers_.find(version.name); found != layers_.end())
      layer = found->second;
  }
  version.number = layer.next_number++;
  layer.versions[version.number] = version;
  replace(version.name, std::move(layer));
  return version;
}

void LayerCatalog::remove(const std::string& name, std::int64_t number) {
  const std::lock_guard serial(changing_);
  Layer layer;
  {
    const std::lock_guard lock(mutex_);
    const auto found = layers_.find(name);
    if (found == layers_.end() || !found->second.versions.contains(number)) return;
    layer = found->second;
  }
  // The layer stays without a version, for the sake of its next number.
  layer.versions.erase(number);
  replace(name, std::move(layer));
}

void LayerCatalog::replace(const std::string& name, Layer layer) {
  if (store_ != nullptr) store_->write({{kKind, name, to_document(layer).dump()}});
  const std::lock_guard lock(mutex_);
  layers_[name] = std::move(layer);
}

std::optional<LayerVersion> LayerCatalog::find(const std::string& name, std::int64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto layer = layers_.find(name);
  if (layer == layers_.end()) return std::nullopt;
  const auto version = layer->second.versions.find(number);
  if (version == layer->second.versions.end()) return std::nullopt;
  return version->second;
}

std::vector<LayerVersion> LayerCatalog::versions(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  std::vector<LayerVersion> found;
  const auto layer = layers_.find(name);
  if (layer == layers_.end()) return found;
  for (auto version = layer->second.versions.rbegin(); version != layer->second.versions.rend();
       ++version)
    found.push_back(version->second);
  return found;
}

std::vector<std::string> LayerCatalog::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, layer] : layers_) {
    if (!layer.versions.empty()) names.push_back(name);
  }
  return names;
}

std::vector<std::string> LayerCatalog::sha256s() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> hashes;
  for (const auto& [name, layer] : layers_) {
    for (const auto& [number, version] : layer.versions) hashes.push_back(version.sha256);
  }
  return hashes;
}

std::vector<LayerVersion> LayerCatalog::resolve(const std::vector<std::string>& arns) const {
  if (arns.size() > kLayersMax)
    throw invalid_parameter_value("Cannot reference more than 5 layers.");
  std::vector<LayerVersion> resolved;
  for (const auto& text : arns) {
    const auto arn = parse_layer_arn(text);
    if (!arn || !arn->number) refuse_arn(text);
    if (arn->account != kAccountId) refuse_account(text);
    if (arn->region != kRegion) {
      throw invalid_parameter_value(
          "Layers are not in the same region as the function. Layers are expected to be in "
          "region " +
          std::string(kRegion) + ".");
    }
    auto version = find(arn->name, *arn->number);
    if (!version) throw invalid_parameter_value("Layer version " + text + " does not exist.");
    const auto same = std::find_if(resolved.begin(), resolved.end(),
                                   [&](const auto& other) { return other.name == version->name; });
    if (same != resolved.end()) {
      throw invalid_parameter_value(
          "Two different versions of the same layer are not allowed to be referenced in the same "
          "function. " +
          same->arn() + " and " + text + " are versions of the same layer.");
    }
    resolved.push_back(*std::move(version));
  }
  return resolved;
}

Json LayerCatalog::to_document(const Layer& layer) {
  Json document = {{"nextNumber", layer.next_number}, {"versions", Json::array()}};
  for (const auto& [number, version] : layer.versions) {
    document["versions"].push_back({{"number", number},
                                    {"sha256", version.sha256},
                                    {"sizeBytes", version.size_bytes},
                                    {"description", version.description},
                                    {"licenseInfo", version.license_info},
                                    {"runtimes", version.runtimes},
                                    {"architectures", version.architectures},
                                    {"createdMs", version.created_ms}});
  }
  return document;
}

LayerCatalog::Layer LayerCatalog::from_document(const std::string& name, const Json& document) {
  Layer layer;
  layer.next_number = document.at("nextNumber");
  for (const auto& each : document.at("versions")) {
    LayerVersion version;
    version.name = name;
    version.number = each.at("number");
    version.sha256 = each.at("sha256");
    version.size_bytes = each.at("sizeBytes");
    version.description = each.at("description");
    version.license_info = each.at("licenseInfo");
    version.runtimes = each.at("runtimes");
    version.architectures = each.at("architectures");
    version.created_ms = each.at("createdMs");
    layer.versions.emplace(version.number, std::move(version));
  }
  return layer;
}

}  // namespace emulator
