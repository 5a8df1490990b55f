// Where discarded records go (DestinationConfig.OnFailure): the interface between esm/ and
// destination/. The documents are made before (esm/failure_record.h); a sink only carries them.
// Real: destination/. Fake: tests/support/fake_record_sink.h.
//
// Threads: send() from poller threads, at the same time too; `done` from any thread, or from within
// send(). Lifetime: outlives the pollers; stop() ends what is under way.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace emulator {

struct RecordPlace {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  auto operator<=>(const RecordPlace&) const = default;
};

struct MessageAttribute {
  std::string name;
  std::string type;  // "String" or "Number"
  std::string value;
};

struct FailureMessage {
  std::string body;                            // JSON
  std::optional<std::string> key;              // of a Kafka destination: the record's own
  std::string object_key;                      // of an S3 destination
  std::optional<RecordPlace> record{};         // that it is about; nullopt: about all of a batch
  std::vector<MessageAttribute> attributes{};  // of an SQS or SNS destination
};

// What could not be delivered, empty when all was; the caller may try it again.
struct Undelivered {
  std::vector<FailureMessage> messages;
  std::string problem;  // one line: what, where, how to mend; empty when all was delivered
};

// Why a destination cannot be used now.
struct SinkProblem {
  enum class Kind {
    Unusable,      // it is missing, or refuses us: somebody must mend it
    NotReachable,  // nothing answers, which may pass
  };
  Kind kind = Kind::Unusable;
  std::string text;  // as Undelivered's
};

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  using Done = std::function<void(Undelivered)>;

  // Whether the destination is there, for the start: nullopt if so. Takes at most ten seconds, and
  // sends nothing.
  virtual std::optional<SinkProblem> check() = 0;
  // Returns at once, and tries every message once. `done` is called exactly once; it must not
  // block.
  virtual void send(std::vector<FailureMessage> messages, Done done) = 0;
  // For log lines: "SQS queue failed-orders at http://127.0.0.1:4566".
  virtual std::string describe() const = 0;
  // Answers everything outstanding with Undelivered and joins; idempotent.
  virtual void stop() = 0;
};

}  // namespace emulator
