// A topic of the mapping's own cluster: a message a failed record, with the record's key
// (docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html).
#include <chrono>
#include <memory>
#include <utility>

#include "emulator/destination/carriers.h"
#include "emulator/kafka/producer.h"

namespace emulator {
namespace {

constexpr std::chrono::milliseconds kCheckLimit{3'000};
constexpr std::chrono::milliseconds kStoreLimit{10'000};

class KafkaCarrier : public Carrier {
 public:
  KafkaCarrier(std::string topic, std::string bootstrap_servers, MakeKafkaSecurity security)
      : topic_(std::move(topic)),
        bootstrap_servers_(std::move(bootstrap_servers)),
        security_(std::move(security)) {}

  // Producing to a topic that is not there would make some brokers create it.
  std::optional<SinkProblem> check(const std::stop_token& /*stop*/) override {
    auto problem = find_topic();
    exists_ = !problem;
    if (!problem) return std::nullopt;
    // Anything but a topic that is missing may be mended while klambda waits.
    return SinkProblem{problem->kind == SourceProblem::Kind::TopicMissing
                           ? SinkProblem::Kind::Unusable
                           : SinkProblem::Kind::NotReachable,
                       std::move(problem->text)};
  }

  NotDelivered deliver(const std::vector<FailureMessage>& messages,
                       const std::stop_token& stop) override {
    if (!exists_)
      if (auto problem = check(stop))
        return nothing_delivered(messages.size(), std::move(problem->text));
    std::vector<NewRecord> records(messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
      records[i].value = messages[i].body;
      if (messages[i].key) records[i].key = *messages[i].key;
    }
    auto [places, problem] = producer_->store(topic_, records, kStoreLimit, stop);
    if (!places.empty()) exists_ = false;  // it may have been deleted
    return {std::move(places), std::move(problem)};
  }

  std::string describe() const override {
    return "Kafka topic " + topic_ + " on " + bootstrap_servers_;
  }

 private:
  // A producer that does not come in is made anew the next time: its secret may be mended by then.
  std::optional<SourceProblem> find_topic() {
    try {
      if (producer_ == nullptr)
        producer_ = std::make_unique<Producer>(bootstrap_servers_, security_());
    } catch (const SourceProblemError& error) {
      return error.problem();
    }
    auto problem = producer_->check_topic(topic_, kCheckLimit);
    if (problem && problem->kind != SourceProblem::Kind::TopicMissing) producer_.reset();
    return problem;
  }

  static NotDelivered nothing_delivered(std::size_t count, std::string problem) {
    NotDelivered result;
    result.problem = std::move(problem);
    for (std::size_t i = 0; i < count; ++i) result.messages.push_back(i);
    return result;
  }

  const std::string topic_;
  const std::string bootstrap_servers_;
  const MakeKafkaSecurity security_;
  std::unique_ptr<Producer> producer_;  // there is one while the topic is known to exist
  bool exists_ = false;
};

}  // namespace

std::unique_ptr<Carrier> make_kafka_carrier(const std::string& topic,
                                            const std::string& bootstrap_servers,
                                            MakeKafkaSecurity security) {
  return std::make_unique<KafkaCarrier>(topic, bootstrap_servers, std::move(security));
}

}  // namespace emulator
