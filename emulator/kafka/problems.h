// What goes wrong between klambda and the brokers, in words for people; and when to say it.
// Used by the consumer, on its poller's thread. Owns nothing.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/kafka/record_source.h"
#include "emulator/kafka/security.h"

namespace emulator {

// What the texts name, and what the client does there.
struct ProblemContext {
  std::string brokers;
  std::string topic;
  std::string group;
  KafkaSecurity::Protocol protocol = KafkaSecurity::Protocol::Plaintext;
  KafkaSecurity::Mechanism mechanism = KafkaSecurity::Mechanism::None;
  bool has_client_certificate = false;

  static ProblemContext of(std::string brokers, const KafkaSecurity& security);
};

// One clear line for an error of librdkafka: what, which broker or topic, how to mend it. `detail`
// is librdkafka's own text; `certificate_fault` as ConnectionNotes has it.
SourceProblem explain(rd_kafka_resp_err_t error, std::string_view detail,
                      const ProblemContext& context, int certificate_fault = 0);

// Why a client cannot be made, if it is because of a certificate or a key; `detail` is
// librdkafka's own text.
std::optional<SourceProblem> unusable_certificate(std::string_view detail);

// Whether a text of librdkafka tells that the broker hung up right after the connection was made:
// what a listener that wants TLS or a login does with a client that has none.
bool hung_up_on_connect(std::string_view detail);

// Says a problem once, and again at growing intervals while it lasts. Pure but for the time it is
// given.
class ProblemTracker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds kRepeatFirst{1'000};
  static constexpr std::chrono::milliseconds kRepeatMax{60'000};
  // A healthy client that loses a connection for a moment is not worth a line.
  static constexpr std::chrono::milliseconds kGrace{1'000};

  // The state of affairs. One that is already known with the same kind changes the text of the next
  // line, not its time.
  void report(SourceProblem problem, Time now);
  // Things work (again). True: a problem had been said, so say that it is over.
  bool recovered();
  // The problem, when it is time to say it.
  std::optional<SourceProblem> due(Time now);

  const std::optional<SourceProblem>& current() const { return current_; }

 private:
  std::optional<SourceProblem> current_;
  bool healthy_before_ = false;
  bool said_ = false;
  Time next_{};
  std::chrono::milliseconds interval_ = kRepeatFirst;
};

}  // namespace emulator
