// A registry whose schemas are words: a value "<schema>:<text>" decodes to {"text":"<text>"}, and
// to nothing when the schema is missing, the text is "bad", or there is no colon. Levers decide
// which schemas are known, when they come and what keeps them away.
//
// Threads: levers and looks from the test, decoders on their poller's. Outlives its decoders.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emulator/esm/record_decoder.h"

namespace emulator::test {

class FakeRegistry {
 public:
  // ---- levers ----
  // From now on there; others are waited for.
  void bring(const std::string& schema) {
    change([&] { known_.insert(schema); });
  }
  void miss(const std::string& schema) {
    change([&] { missing_.insert(schema); });
  }
  // Another attempt in vain.
  void fail(SourceProblem problem) {
    change([&] { trouble_ = RegistryTrouble{std::move(problem), ++failures_}; });
  }
  void recover() {
    change([&] { trouble_.reset(); });
  }
  void deliver_source() {
    std::lock_guard lock(mutex_);
    as_source_ = true;
  }

  MakeDecoder maker() {
    return [this](std::function<void()> on_change) {
      std::lock_guard lock(mutex_);
      on_change_.push_back(std::move(on_change));
      return std::make_unique<Decoder>(*this);
    };
  }

 private:
  class Decoder : public RecordDecoder {
   public:
    explicit Decoder(FakeRegistry& registry) : registry_(registry) {}
    Result decode(Record& record) override { return registry_.decode(record); }
    std::optional<RegistryTrouble> trouble() const override {
      std::lock_guard lock(registry_.mutex_);
      return registry_.trouble_;
    }

   private:
    FakeRegistry& registry_;
  };

  template <class Change>
  void change(Change make) {
    std::vector<std::function<void()>> tell;
    {
      std::lock_guard lock(mutex_);
      make();
      tell = on_change_;
    }
    for (auto& each : tell) each();
  }

  RecordDecoder::Result decode(Record& record) {
    std::lock_guard lock(mutex_);
    auto decoded = std::make_shared<DecodedRecord>();
    decoded->original_key = record.key;
    const auto colon = record.value->find(':');
    if (colon == std::string_view::npos) return fail(record, *decoded, "no schema is named");
    const std::string schema(record.value->substr(0, colon));
    const std::string_view text = record.value->substr(colon + 1);
    if (missing_.count(schema) > 0) {
      decoded->failure = {DecodedRecord::Failure::Kind::SchemaNotFound, "no schema " + schema};
      record.decoded = std::move(decoded);
      return RecordDecoder::Result::Done;
    }
    if (known_.count(schema) == 0) return RecordDecoder::Result::Waits;
    if (text == "bad") return fail(record, *decoded, "bad bytes");
    decoded->value.schema = std::make_shared<RecordSchema>(RecordSchema{"AVRO", schema});
    decoded->value.json = R"({"text":")" + std::string(text) + R"("})";
    record.value = as_source_ ? text : std::string_view(decoded->value.json);
    record.decoded = std::move(decoded);
    return RecordDecoder::Result::Done;
  }

  static RecordDecoder::Result fail(Record& record, const DecodedRecord& like, std::string text) {
    auto decoded = std::make_shared<DecodedRecord>(like);
    decoded->failure = {DecodedRecord::Failure::Kind::Undecodable, std::move(text)};
    record.decoded = std::move(decoded);
    return RecordDecoder::Result::Done;
  }

  std::mutex mutex_;  // guards everything below
  std::set<std::string> known_;
  std::set<std::string> missing_;
  std::optional<RegistryTrouble> trouble_;
  std::uint64_t failures_ = 0;
  bool as_source_ = false;
  std::vector<std::function<void()>> on_change_;
};

}  // namespace emulator::test
