#include "emulator/registry/registry_decoder.h"

#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace emulator {
namespace {

using Failure = DecodedRecord::Failure;
using Data = std::optional<std::string_view>;

class RegistryDecoder : public RecordDecoder {
 public:
  RegistryDecoder(std::shared_ptr<SchemaCache> cache, DecodeRules rules,
                  std::function<void()> on_change)
      : cache_(std::move(cache)), rules_(rules), listener_(cache_->listen(std::move(on_change))) {}
  ~RegistryDecoder() override { cache_->forget(listener_); }
  RegistryDecoder(const RegistryDecoder&) = delete;
  RegistryDecoder& operator=(const RegistryDecoder&) = delete;

  Result decode(Record& record) override {
    auto decoded = std::make_shared<DecodedRecord>();
    decoded->original_key = record.key;
    Part key{"key", record.key, &decoded->key};
    Part value{"value", record.value, &decoded->value};
    // Both schemas first, so that nothing is decoded twice.
    for (Part* part : {&key, &value}) {
      const bool selected = part == &key ? rules_.decodes_key : rules_.decodes_value;
      // A null key or value has no schema (inference).
      if (!selected || !part->data) continue;
      if (look_up(*part, decoded->failure) == Result::Waits) return Result::Waits;
      if (decoded->failure) break;
    }
    for (Part* part : {&key, &value})
      if (!decoded->failure && part->schema != nullptr) open(*part, decoded->failure);
    if (decoded->failure) {
      decoded->key = {};
      decoded->value = {};
    } else {
      record.key = key.data;
      record.value = value.data;
    }
    record.decoded = std::move(decoded);
    return Result::Done;
  }

  std::optional<RegistryTrouble> trouble() const override { return cache_->trouble(); }

 private:
  struct Part {
    const char* name;
    Data data;
    DecodedRecord::Attribute* attribute;
    Frame frame{};
    std::string inflated{};  // the frame's body, if it was compressed
    std::shared_ptr<const CachedSchema> schema{};
  };
  static constexpr std::size_t kOwnSchemasMax = 1'000;

  Result look_up(Part& part, std::optional<Failure>& failure) {
    try {
      part.frame = parse_frame(*part.data, rules_.framing, part.inflated);
    } catch (const FrameError& error) {
      failure = undecodable(part, error.what());
      return Result::Done;
    }
    part.schema = find(part.frame.schema_id);
    if (part.schema == nullptr) return Result::Waits;
    if (part.schema->state == CachedSchema::State::Missing)
      failure = Failure{Failure::Kind::SchemaNotFound,
                        std::string("its ") + part.name + ": " + part.schema->text};
    if (part.schema->state == CachedSchema::State::Broken)
      failure = undecodable(part, part.schema->text);
    return Result::Done;
  }

  // Without the cache's lock where it can be.
  std::shared_ptr<const CachedSchema> find(const std::string& id) {
    if (const auto own = own_.find(id); own != own_.end()) return own->second;
    auto schema = cache_->find(id);
    if (schema != nullptr && schema->state != CachedSchema::State::Missing) {
      if (own_.size() >= kOwnSchemasMax) own_.clear();
      own_.emplace(id, schema);
    }
    return schema;
  }

  void open(Part& part, std::optional<Failure>& failure) const {
    DecodedRecord::Attribute& attribute = *part.attribute;
    Codec::Message message;
    try {
      message = part.schema->codec->open(part.frame.body, rules_.framing);
      part.schema->codec->decode(message, attribute.json);
    } catch (const DecodeError& error) {
      failure = undecodable(
          part, "it is not what schema " + part.frame.schema_id + " says: " + error.what());
      return;
    }
    attribute.schema = part.schema->name;
    if (rules_.delivers == DecodeRules::Delivers::Json) {
      part.data = attribute.json;
    } else if (part.inflated.empty()) {
      part.data = message.payload;
    } else {
      attribute.inflated.assign(message.payload);
      part.data = attribute.inflated;
    }
  }

  static Failure undecodable(const Part& part, const std::string& text) {
    return {Failure::Kind::Undecodable, std::string("its ") + part.name + ": " + text};
  }

  const std::shared_ptr<SchemaCache> cache_;
  const DecodeRules rules_;
  const std::uint64_t listener_;
  std::unordered_map<std::string, std::shared_ptr<const CachedSchema>> own_;
};

}  // namespace

MakeDecoder make_registry_decoders(std::shared_ptr<SchemaCache> cache, DecodeRules rules) {
  return [cache = std::move(cache), rules](std::function<void()> on_change) {
    return std::make_unique<RegistryDecoder>(cache, rules, std::move(on_change));
  };
}

}  // namespace emulator
