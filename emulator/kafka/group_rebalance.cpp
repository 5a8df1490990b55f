// Assignments of the group, and what goes wrong: the callbacks that librdkafka calls inside
// GroupConsumer::serve().
#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <utility>
#include <variant>

#include "emulator/kafka/group_consumer.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

// All look-ups of one rebalance together; the membership outlives it many times over.
constexpr std::chrono::milliseconds kLookupWait{3'000};
constexpr std::chrono::milliseconds kLookupRetry{500};
constexpr std::chrono::milliseconds kProbeTimeout{5'000};
constexpr std::chrono::milliseconds kProbeInterval{500};

// What an earlier assignment left in the queue is outdated: reading drops it. A queue that is not
// empty would not announce its next record.
void drop_leftovers(rd_kafka_queue_t* queue) {
  std::array<rd_kafka_message_t*, 100> messages{};
  ssize_t got = 0;
  while ((got = rd_kafka_consume_batch_queue(queue, 0, messages.data(), messages.size())) > 0)
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i)
      rd_kafka_message_destroy(messages[i]);
}

}  // namespace

void GroupConsumer::on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t error,
                                 rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto* consumer = static_cast<GroupConsumer*>(SharedClient::of(opaque).listener);
  if (consumer == nullptr) {  // closed; the client still leaves
    rd_kafka_assign(client, nullptr);
    return;
  }
  try {
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      if (partitions->cnt > 0) return consumer->assign(*partitions);
      if (consumer->assigned_.empty()) consumer->events_.emplace_back(NoPartitions{});
      return consumer->give_to_client(partitions, error);
    }
    consumer->revoke(*partitions);
    if (error == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
      return consumer->give_to_client(partitions, error);
  } catch (const std::exception& problem) {  // nothing may pass through librdkafka's C frames
    log::error("[{}] rebalance: {}", consumer->config_.name, problem.what());
  }
  rd_kafka_assign(client, nullptr);  // the group waits for an answer, whatever happened
}

void GroupConsumer::assign(const rd_kafka_topic_partition_list_t& partitions) {
  auto found = look_up_partitions(client(), partitions, start_rule_, kLookupWait);
  if (const auto* facts = std::get_if<std::vector<PartitionFacts>>(&found)) {
    ListHandle list(rd_kafka_topic_partition_list_copy(&partitions));
    begin_at(*list, *facts);
    return;
  }
  // Membership first: an empty assignment answers the group, serve() looks again.
  const auto error = std::get<LookupFailure>(found).error;
  log::debug("[{}] where to begin could not be looked up: {}", config_.name,
             rd_kafka_err2str(error));
  unresolved_.reset(rd_kafka_topic_partition_list_copy(&partitions));
  retry_lookup_at_ = Clock::now() + kLookupRetry;
  const ListHandle none(rd_kafka_topic_partition_list_new(0));
  give_to_client(none.get(), RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS);
}

void GroupConsumer::retry_lookup() {
  if (!unresolved_ || Clock::now() < retry_lookup_at_) return;
  auto found = look_up_partitions(client(), *unresolved_, start_rule_, kLookupWait);
  if (const auto* facts = std::get_if<std::vector<PartitionFacts>>(&found)) {
    const ListHandle list = std::move(unresolved_);
    begin_at(*list, *facts);
    return;
  }
  retry_lookup_at_ = Clock::now() + kLookupRetry;
  report(std::get<LookupFailure>(found).error, "looking up where to begin failed");
}

void GroupConsumer::begin_at(rd_kafka_topic_partition_list_t& partitions,
                             const std::vector<PartitionFacts>& facts) {
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const PartitionFacts& fact = facts[i];
    const auto begun = begun_at_.find(fact.partition);
    const StartOffset start = decide_start(
        fact, start_rule_,
        begun != begun_at_.end() ? std::optional<std::int64_t>(begun->second) : std::nullopt);
    if (start.lost_commit)
      log::warn(
          "[{}] {}-{}: the committed offset {} is outside the log ({} to {}): starts at {} ({})",
          config_.name, config_.topic, fact.partition, *start.lost_commit, fact.low, fact.high,
          start.offset, start.reason);
    if (!fact.committed) begun_at_[fact.partition] = start.offset;

    Assigned& assigned = assigned_[fact.partition];
    assigned.next_offset = start.offset;
    const std::int64_t expected = fact.committed.value_or(0);
    if (config_.cluster == ConsumerConfig::Cluster::Embedded && fact.low > expected &&
        start_rule_.position != StartingPosition::Latest) {
      assigned.drop_reported = true;
      warn_of_dropped(fact.partition, expected, fact.low);
    }
    // Its own queue, before the client begins to fetch: nothing may slip to the main queue.
    assigned.queue.reset(
        rd_kafka_queue_get_partition(client(), config_.topic.c_str(), fact.partition));
    rd_kafka_queue_forward(assigned.queue.get(), nullptr);
    drop_leftovers(assigned.queue.get());
    rd_kafka_queue_cb_event_enable(assigned.queue.get(), on_queue_event, this);
    partitions.elems[i].offset = start.offset;
    events_.emplace_back(PartitionAssigned{fact.partition, start.offset, start.reason});
  }
  give_to_client(&partitions, RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS);
  recovered();
}

void GroupConsumer::revoke(const rd_kafka_topic_partition_list_t& partitions) {
  for (int i = 0; i < partitions.cnt; ++i) {
    const auto found = assigned_.find(partitions.elems[i].partition);
    if (found == assigned_.end()) continue;
    rd_kafka_queue_cb_event_enable(found->second.queue.get(), nullptr, nullptr);
    assigned_.erase(found);
    events_.emplace_back(PartitionRevoked{partitions.elems[i].partition});
  }
  // A rebalance that comes before the look-up succeeded makes it pointless: the group asks again.
  unresolved_.reset();
}

// Tells librdkafka what we made of the group's message; incrementally where the protocol is
// cooperative.
void GroupConsumer::give_to_client(const rd_kafka_topic_partition_list_t* partitions,
                                   rd_kafka_resp_err_t kind) {
  const bool assigns = kind == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  const char* protocol = rd_kafka_rebalance_protocol(client());
  if (protocol != nullptr && std::string_view(protocol) == "COOPERATIVE") {
    const ErrorHandle error(assigns ? rd_kafka_incremental_assign(client(), partitions)
                                    : rd_kafka_incremental_unassign(client(), partitions));
    if (error) report(rd_kafka_error_code(error.get()), rd_kafka_error_string(error.get()));
    return;
  }
  const auto error = rd_kafka_assign(client(), assigns ? partitions : nullptr);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) report(error, rd_kafka_err2str(error));
}

void GroupConsumer::on_error(rd_kafka_t* /*client*/, int code, const char* reason, void* opaque) {
  auto* consumer = static_cast<GroupConsumer*>(SharedClient::of(opaque).listener);
  if (consumer == nullptr || consumer->phase_ != Phase::Open) return;
  try {
    const auto error = static_cast<rd_kafka_resp_err_t>(code);
    switch (error) {
      case RD_KAFKA_RESP_ERR__TRANSPORT:
      case RD_KAFKA_RESP_ERR__RESOLVE:
      case RD_KAFKA_RESP_ERR__TIMED_OUT:
        // One broker of several: librdkafka goes on with the others. Only all of them down is a
        // problem.
        consumer->last_failure_ = reason;
        consumer->last_failure_kind_ = RD_KAFKA_RESP_ERR__TRANSPORT;
        if (consumer->problems_.current()) consumer->report(error, reason);
        break;
      case RD_KAFKA_RESP_ERR__AUTHENTICATION:
      case RD_KAFKA_RESP_ERR__SSL:
        consumer->last_failure_ = reason;
        consumer->last_failure_kind_ = error;
        consumer->report(error, reason);
        break;
      case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        if (std::string logged = consumer->shared_->notes().take_failure(); !logged.empty())
          consumer->last_failure_ = std::move(logged);
        consumer->report(consumer->last_failure_kind_, consumer->last_failure_);
        break;
      default:
        consumer->report(error, reason);
    }
  } catch (...) {  // nothing may pass through librdkafka's C frames
  }
}

void GroupConsumer::on_message_error(const rd_kafka_message_t& message) {
  const char* detail = rd_kafka_message_errstr(&message);
  report(message.err, detail != nullptr ? detail : "");
}

void GroupConsumer::report(rd_kafka_resp_err_t error, std::string_view detail) {
  log::debug("[{}] {}: {}", config_.name, rd_kafka_err2name(error), detail);
  const auto now = Clock::now();
  if (!problems_.current()) problem_since_ = now;
  problems_.report(explain(error, detail, context_, shared_->notes().certificate_fault()), now);
}

void GroupConsumer::recovered() {
  if (problems_.recovered()) events_.emplace_back(SourceRecovered{});
}

// Until the brokers have answered once, and whenever something is wrong, asks them now and then.
void GroupConsumer::probe() {
  const auto now = Clock::now();
  if (const auto answer = probe_->answer()) {
    next_probe_ = now + kProbeInterval;
    const auto& problem = problems_.current();
    answered_ = *answer == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (problem && asked_at_ < problem_since_) {
      next_probe_ = now;  // it tells of the time before
    } else if (answered_) {
      // A right that is missing shows only when the group or the records are asked for.
      using Kind = SourceProblem::Kind;
      const bool denied =
          problem && (problem->kind == Kind::TopicDenied || problem->kind == Kind::GroupDenied);
      if (!denied) recovered();
    } else if (*answer != RD_KAFKA_RESP_ERR__TIMED_OUT || !problem) {
      report(*answer, {});
    }
  }
  const bool wanted = !answered_ || problems_.current().has_value();
  if (!wanted || probe_->asking() || now < next_probe_) return;
  asked_at_ = now;
  probe_->ask(kProbeTimeout);
}

}  // namespace emulator
