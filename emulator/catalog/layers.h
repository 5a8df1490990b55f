// Layers and their versions (docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html). A version
// is never changed once it is published; its number is never used again.
//
// Threads: any. Changes are made one after the other, on the disk (store) before anybody sees them.
// Lifetime: the program's.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/catalog/json.h"
#include "emulator/catalog/store.h"

namespace emulator {

struct LayerVersion {
  std::string name;
  std::int64_t number = 0;
  std::string sha256;           // of its package (package/package_store.h), base64
  std::int64_t size_bytes = 0;  // of the zip
  std::string description;
  std::string license_info;
  std::vector<std::string> runtimes;       // CompatibleRuntimes
  std::vector<std::string> architectures;  // CompatibleArchitectures
  std::int64_t created_ms = 0;

  std::string layer_arn() const;
  std::string arn() const;  // with the number
  // As the Layers of a function's configuration show it: {Arn, CodeSize}.
  Json reference() const { return {{"Arn", arn()}, {"CodeSize", size_bytes}}; }
};

// "arn:aws:lambda:us-east-1:000000000000:layer:tools:3", or without the number.
struct LayerArn {
  std::string region;
  std::string account;
  std::string name;
  std::optional<std::int64_t> number;
};
std::optional<LayerArn> parse_layer_arn(std::string_view text);

class LayerCatalog {
 public:
  // `store` may be nullptr.
  explicit LayerCatalog(Store* store = nullptr);

  // What the store holds. Throws std::runtime_error naming a document that cannot be read.
  void load();

  // Gives it the layer's next number.
  LayerVersion publish(LayerVersion version);
  std::optional<LayerVersion> find(const std::string& name, std::int64_t number) const;
  std::vector<LayerVersion> versions(const std::string& name) const;  // newest first
  std::vector<std::string> names() const;                     // of the layers that have a version
  void remove(const std::string& name, std::int64_t number);  // nothing, if there is none

  // The Layers of Create- and UpdateFunctionConfiguration, in their order. Throws ApiError as AWS
  // words it: more than five, no ARN of a layer version, another region, no such version, two
  // versions of one layer.
  std::vector<LayerVersion> resolve(const std::vector<std::string>& arns) const;

  // Of every version: what package/package_store's sweep must keep.
  std::vector<std::string> sha256s() const;

 private:
  struct Layer {
    std::int64_t next_number = 1;
    std::map<std::int64_t, LayerVersion> versions;
  };
  static Json to_document(const Layer& layer);
  static Layer from_document(const std::string& name, const Json& document);
  void replace(const std::string& name, Layer layer);

  Store* const store_;
  std::mutex changing_;  // held over a whole change, taken before mutex_
  mutable std::mutex mutex_;
  std::map<std::string, Layer> layers_;  // guarded by mutex_
};

}  // namespace emulator
