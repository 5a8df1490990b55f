// Where a poller gets its records from and where it commits: the interface between esm/ and kafka/.
// Real: kafka/consumer.h. Fake: tests/support/fake_record_source.h.
//
// Threads: one poller thread makes every call; only on_activity is called from elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/kafka/record.h"

namespace emulator {

// The group gave us a partition. Records of it are taken from `start_offset` on.
struct PartitionAssigned {
  std::int32_t partition = 0;
  std::int64_t start_offset = 0;
  std::string reason;  // "committed", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP 2026-01-01T00:00:00Z"
};

// The group took a partition away (or the source is closing). What was handed out of it must not be
// committed any more.
struct PartitionRevoked {
  std::int32_t partition = 0;
};

// The group answered, and has no partition for this member: others have them all, or the topic does
// not exist yet.
struct NoPartitions {};

// What each kind shows, and which of them end the source: esm/problem_table.h.
struct SourceProblem {
  enum class Kind {
    Unreachable,       // no broker answers, or none understands this client
    UnknownHost,       // no name of the bootstrap servers resolves
    TopicMissing,      // klambda waits for it
    LoginRefused,      // the user's name, password or token, or the way to log in
    ClientRefused,     // the broker does not take the client's certificate, or misses one
    ServerNotTrusted,  // the broker's certificate is nobody's whom the client believes
    BadCertificate,    // of the mapping's secrets: a certificate or key that cannot be used
    TopicDenied,
    GroupDenied,
    SecretUnusable,  // there is no such secret, or it lacks what it should hold
    // Of a schema registry, without which records cannot be decoded:
    RegistryUnreachable,
    RegistryNotTrusted,  // no TLS: its certificate, or ours
    RegistryRefused,     // login or rights; or what we are to log in with is unusable
    GlueRefused,         // the same of AWS Glue
    RegistryThrottled,
    RegistryFailed,  // an answer that makes no sense
    Other
  };
  Kind kind = Kind::Other;
  std::string text;  // one line for people: what, which broker or topic, how to mend; no secret
};

// There is no source because of this problem: thrown by whoever makes one, and by a client that
// cannot be made. Making it anew may succeed once people have mended what the text says.
class SourceProblemError : public std::runtime_error {
 public:
  explicit SourceProblemError(SourceProblem problem)
      : std::runtime_error(problem.text), problem_(std::move(problem)) {}
  const SourceProblem& problem() const { return problem_; }

 private:
  SourceProblem problem_;
};

// How a source talks to its brokers, as Kafka's settings name it.
struct SourceSecurity {
  std::string protocol = "PLAINTEXT";  // or "SASL_SSL", …
  std::string mechanism;               // "SCRAM-SHA-512"; empty: no login
};

struct SourceRecovered {};  // brokers answer again, or the topic appeared

using SourceEvent =
    std::variant<PartitionAssigned, PartitionRevoked, NoPartitions, SourceProblem, SourceRecovered>;

struct CommitOffset {
  std::int32_t partition = 0;
  std::int64_t next_offset = 0;  // the first one not yet processed: last processed + 1
};

enum class CommitResult {
  Done,
  Refused
};  // Refused: not ours any more, or the brokers did not take it; retried by the caller

class RecordSource {
 public:
  virtual ~RecordSource() = default;

  // For those who look; constant.
  virtual SourceSecurity security() const { return {}; }

  // Joins the group; returns at once. `on_activity` may be called from any thread, from here until
  // close() has returned, when take() or serve() may have something new.
  virtual void open(std::function<void()> on_activity) = 0;

  // Lets the client do its work (rebalances, errors); call it every turn, at least every few
  // seconds. Never blocks long.
  virtual std::vector<SourceEvent> serve() = 0;

  // Appends at most `max_records` next records of an assigned partition, in offset order. A
  // partition from which nothing is taken is held back at no cost. Never blocks.
  virtual void take(std::int32_t partition, std::size_t max_records, std::vector<Record>& out) = 0;

  // Whether everything up to the partition's log end at some recent moment was taken (gaps of
  // transactions and compaction included).
  virtual bool at_end(std::int32_t partition) const = 0;
  // The offset that a commit must reach for the partition to count as drained; meaningful while
  // at_end().
  virtual std::int64_t end_offset(std::int32_t partition) const = 0;

  // The partition's log end as the latest fetch saw it, for lag; nullopt: none has answered yet.
  virtual std::optional<std::int64_t> latest_end(std::int32_t partition) const = 0;

  // Partitions of the topic as far as the client knows; 0: not known yet.
  virtual int topic_partitions() const = 0;

  // Commits synchronously. Offsets of partitions that are not ours any more are left out.
  virtual CommitResult commit(const std::vector<CommitOffset>& offsets) = 0;

  // Leaves the group; PartitionRevoked is not reported any more. Idempotent.
  virtual void close() = 0;
};

}  // namespace emulator
