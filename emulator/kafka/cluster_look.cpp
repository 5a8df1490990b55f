#include "emulator/kafka/cluster_look.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <utility>

#include "emulator/config/model.h"
#include "emulator/kafka/client_config.h"
#include "emulator/kafka/connection_notes.h"
#include "emulator/kafka/problems.h"
#include "emulator/kafka/rdkafka_handles.h"

namespace emulator {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kNoTopics = 0;
// How long one question waits before errors are looked at; then twice as long, so that a slow
// cluster gets its answer through.
constexpr milliseconds kFirstStep{250};
constexpr milliseconds kStep{50};
constexpr milliseconds kAskAgain{100};
// "localhost" may be two addresses of which one answers: the client tries the other one only after
// the first has failed.
constexpr milliseconds kPatience{1'500};

milliseconds remaining(Clock::time_point until) {
  return std::max(std::chrono::ceil<milliseconds>(until - Clock::now()), milliseconds(1));
}

MayRead read_rights(const rd_kafka_AclOperation_t* operations, std::size_t count) {
  if (operations == nullptr || count == 0) return MayRead::Unknown;
  const auto* end = operations + count;
  const bool may = std::any_of(operations, end, [](rd_kafka_AclOperation_t operation) {
    return operation == RD_KAFKA_ACL_OPERATION_READ || operation == RD_KAFKA_ACL_OPERATION_ALL;
  });
  return may ? MayRead::Yes : MayRead::No;
}

const rd_kafka_ConsumerGroupDescription_t* described_group(rd_kafka_event_t* event) {
  const auto* result = rd_kafka_event_DescribeConsumerGroups_result(event);
  if (result == nullptr) return nullptr;
  std::size_t count = 0;
  const auto* const* groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
  return count == 0 ? nullptr : groups[0];
}

}  // namespace

std::string AdvertisedBroker::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

class ClusterLook::Impl {
 public:
  Impl(const std::string& bootstrap_servers, const KafkaSecurity& security)
      : notes_(*this), context_(ProblemContext::of(bootstrap_servers, security)) {
    ClientConfiguration configuration = producer_configuration(bootstrap_servers, security);
    notes_.attach_to(configuration.get(), security.make_token);
    rd_kafka_conf_set_error_cb(configuration.get(), on_error);
    client_ = new_client(RD_KAFKA_PRODUCER, std::move(configuration));
  }

  std::variant<std::vector<AdvertisedBroker>, SourceProblem> brokers(milliseconds limit);
  std::variant<TopicSight, SourceProblem> topic(const std::string& name, milliseconds limit);
  std::variant<GroupSight, SourceProblem> group(const std::string& name, milliseconds limit);

 private:
  // So that librdkafka's callback finds both by the one opaque.
  struct Notes : ConnectionNotes {
    explicit Notes(Impl& of) : owner(of) {}
    Impl& owner;
  };

  static void on_error(rd_kafka_t* /*client*/, int error, const char* reason, void* opaque) {
    auto& self = static_cast<Notes*>(static_cast<ConnectionNotes*>(opaque))->owner;
    try {
      if (!self.first_failure_) self.first_failure_ = Clock::now();
      if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
      self.error_ = static_cast<rd_kafka_resp_err_t>(error);
      self.detail_ = reason;
    } catch (...) {  // nothing may pass through librdkafka's C frames
    }
  }

  // Whether trying on is no use.
  bool has_failed() const {
    if (error_ == RD_KAFKA_RESP_ERR__AUTHENTICATION || error_ == RD_KAFKA_RESP_ERR__SSL)
      return true;
    return first_failure_ && Clock::now() - *first_failure_ >= kPatience;
  }

  // What stands in the way, after no answer came.
  SourceProblem obstacle() {
    const auto noted = notes_.take_failure();
    if (error_ == RD_KAFKA_RESP_ERR_NO_ERROR && first_failure_)
      return explain(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, noted, context_,
                     notes_.certificate_fault());
    if (error_ == RD_KAFKA_RESP_ERR_NO_ERROR)
      return explain(RD_KAFKA_RESP_ERR__TIMED_OUT, {}, context_);
    if (error_ == RD_KAFKA_RESP_ERR__BAD_MSG)
      return {SourceProblem::Kind::Unreachable,
              "what answers at " + context_.brokers + " is no Kafka; name the port of a broker"};
    return explain(error_, detail_, context_, notes_.certificate_fault());
  }

  SourceProblem problem_of(rd_kafka_resp_err_t error) {
    const bool no_answer =
        error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR__TRANSPORT;
    return no_answer ? obstacle() : explain(error, {}, context_);
  }

  void forget_errors() {
    error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    detail_.clear();
    first_failure_.reset();
  }

  // Of this or another klambda.
  bool is_embedded() const {
    const std::unique_ptr<char, decltype(&std::free)> id(rd_kafka_clusterid(client_.get(), 0),
                                                         std::free);
    return id && std::string_view(id.get()).starts_with("mockCluster");
  }

  AdminOptionsHandle options_for(rd_kafka_admin_op_t operation, milliseconds limit);
  // The event that answers, or null when none comes in time or trying on is no use.
  EventHandle answer_of(rd_kafka_queue_t* queue, Clock::time_point until);

  EventHandle describe_group(const std::string& name, Clock::time_point until);

  Notes notes_;
  ProblemContext context_;
  // Owned by the caller's thread: librdkafka's callback runs inside our own polls.
  std::optional<Clock::time_point> first_failure_;
  rd_kafka_resp_err_t error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string detail_;
  std::optional<std::int32_t> broker_;  // whom topic() asks
  ClientHandle client_;
};

std::variant<std::vector<AdvertisedBroker>, SourceProblem> ClusterLook::Impl::brokers(
    milliseconds limit) {
  const auto until = Clock::now() + limit;
  forget_errors();
  auto step = kFirstStep;
  for (;;) {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto wait = std::min(step, remaining(until));
    const auto error = rd_kafka_metadata(client_.get(), kNoTopics, nullptr, &answer,
                                         static_cast<int>(wait.count()));
    rd_kafka_poll(client_.get(), 0);  // errors
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const MetadataHandle metadata(answer);
      std::vector<AdvertisedBroker> found;
      for (int i = 0; i < metadata->broker_cnt; ++i) {
        const auto& broker = metadata->brokers[i];
        found.push_back({broker.id, broker.host, broker.port});
      }
      if (!found.empty()) broker_ = found.front().id;
      return found;
    }
    if (has_failed() || Clock::now() >= until) return obstacle();
    step *= 2;
  }
}

AdminOptionsHandle ClusterLook::Impl::options_for(rd_kafka_admin_op_t operation,
                                                  milliseconds limit) {
  AdminOptionsHandle options(rd_kafka_AdminOptions_new(client_.get(), operation));
  std::array<char, 256> problem{};
  if (rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(limit.count()),
                                                problem.data(),
                                                problem.size()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw ConfigError(std::string("Kafka client: ") + problem.data());
  // A cluster that is too old to tell rights makes them unknown.
  const ErrorHandle ignored(
      rd_kafka_AdminOptions_set_include_authorized_operations(options.get(), 1));
  return options;
}

EventHandle ClusterLook::Impl::answer_of(rd_kafka_queue_t* queue, Clock::time_point until) {
  while (Clock::now() < until) {
    EventHandle event(rd_kafka_queue_poll(queue, static_cast<int>(kStep.count())));
    if (event) return event;
    rd_kafka_poll(client_.get(), 0);  // errors
    if (error_ == RD_KAFKA_RESP_ERR__AUTHENTICATION || error_ == RD_KAFKA_RESP_ERR__SSL) break;
  }
  return nullptr;
}

std::variant<TopicSight, SourceProblem> ClusterLook::Impl::topic(const std::string& name,
                                                                 milliseconds limit) {
  const auto until = Clock::now() + limit;
  forget_errors();
  context_.topic = name;
  auto options = options_for(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, limit);
  std::array<char, 256> ignored{};
  // Any broker knows; the controller, whom librdkafka would ask, may be no broker at all.
  if (broker_)
    rd_kafka_AdminOptions_set_broker(options.get(), *broker_, ignored.data(), ignored.size());
  std::array<const char*, 1> names{name.c_str()};
  const TopicNamesHandle topics(
      rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  const QueueHandle queue(rd_kafka_queue_new(client_.get()));
  rd_kafka_DescribeTopics(client_.get(), topics.get(), options.get(), queue.get());
  const auto event = answer_of(queue.get(), until);
  const auto* result = event ? rd_kafka_event_DescribeTopics_result(event.get()) : nullptr;
  if (result == nullptr) return obstacle();
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return problem_of(error);
  std::size_t count = 0;
  const auto* const* described = rd_kafka_DescribeTopics_result_topics(result, &count);
  if (count == 0) return problem_of(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  if (const auto* error = rd_kafka_TopicDescription_error(described[0]);
      error != nullptr && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return problem_of(rd_kafka_error_code(error));
  std::size_t partitions = 0;
  rd_kafka_TopicDescription_partitions(described[0], &partitions);
  const auto* operations = rd_kafka_TopicDescription_authorized_operations(described[0], &count);
  return TopicSight{static_cast<int>(partitions), read_rights(operations, count)};
}

std::variant<GroupSight, SourceProblem> ClusterLook::Impl::group(const std::string& name,
                                                                 milliseconds limit) {
  // Embedded brokers have neither rights nor an answer, and librdkafka 2.8 locks itself up when the
  // broker does not know this request.
  if (is_embedded()) return GroupSight{};
  const auto until = Clock::now() + limit;
  forget_errors();
  context_.group = name;
  for (;;) {
    const auto event = describe_group(name, until);
    if (!event) return obstacle();
    auto code = rd_kafka_event_error(event.get());
    const auto* group = code == RD_KAFKA_RESP_ERR_NO_ERROR ? described_group(event.get()) : nullptr;
    if (group != nullptr) {
      if (const auto* error = rd_kafka_ConsumerGroupDescription_error(group))
        code = rd_kafka_error_code(error);
    }
    // A cluster's first group waits until the topic of offsets is there.
    const bool not_yet = code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
                         code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
                         code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    if (not_yet && Clock::now() + kAskAgain < until) {
      std::this_thread::sleep_for(kAskAgain);
      continue;
    }
    if (not_yet)
      return SourceProblem{SourceProblem::Kind::Other,
                           "the coordinator of group '" + name +
                               "' is not ready; try again, or look into the brokers' logs"};
    // The first member makes the group.
    if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) return GroupSight{};
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return problem_of(code);
    if (group == nullptr) return GroupSight{};
    std::size_t count = 0;
    const auto* operations = rd_kafka_ConsumerGroupDescription_authorized_operations(group, &count);
    return GroupSight{static_cast<int>(rd_kafka_ConsumerGroupDescription_member_count(group)),
                      read_rights(operations, count)};
  }
}

EventHandle ClusterLook::Impl::describe_group(const std::string& name, Clock::time_point until) {
  const auto options = options_for(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, remaining(until));
  std::array<const char*, 1> names{name.c_str()};
  const QueueHandle queue(rd_kafka_queue_new(client_.get()));
  rd_kafka_DescribeConsumerGroups(client_.get(), names.data(), names.size(), options.get(),
                                  queue.get());
  return answer_of(queue.get(), until);
}

ClusterLook::ClusterLook(const std::string& bootstrap_servers, const KafkaSecurity& security)
    : impl_(std::make_unique<Impl>(bootstrap_servers, security)) {}
ClusterLook::~ClusterLook() = default;

std::variant<std::vector<AdvertisedBroker>, SourceProblem> ClusterLook::brokers(
    milliseconds limit) {
  return impl_->brokers(limit);
}

std::variant<TopicSight, SourceProblem> ClusterLook::topic(const std::string& name,
                                                           milliseconds limit) {
  return impl_->topic(name, limit);
}

std::variant<GroupSight, SourceProblem> ClusterLook::group(const std::string& name,
                                                           milliseconds limit) {
  return impl_->group(name, limit);
}

}  // namespace emulator
