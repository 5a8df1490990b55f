// What turns a record's key and value into JSON by the schemas of a registry
// (docs.aws.amazon.com/lambda/latest/dg/services-consume-kafka-events.html): the interface between
// esm/ and registry/. Real: registry/registry_decoder.h. Fake: tests/support/fake_record_decoder.h.
//
// Threads: one poller's, which makes every call. Lifetime: the poller's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "emulator/kafka/record.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

// Why schemas that are asked for do not come.
struct RegistryTrouble {
  SourceProblem problem;
  std::uint64_t failures = 0;  // attempts in vain so far: grows with each of them
};

class RecordDecoder {
 public:
  virtual ~RecordDecoder() = default;

  enum class Result {
    Done,  // record.decoded says what became of it
    Waits  // for a schema; the record is untouched, and is to be given again
  };
  // Never blocks.
  virtual Result decode(Record& record) = 0;
  // nullopt: the registry answers, as far as is known.
  virtual std::optional<RegistryTrouble> trouble() const = 0;
};

// Makes a poller's own. `on_change`, from any thread and perhaps once more after the decoder has
// gone: what waited may be decoded now, or trouble() has changed.
using MakeDecoder = std::function<std::unique_ptr<RecordDecoder>(std::function<void()> on_change)>;

}  // namespace emulator
