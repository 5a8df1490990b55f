#include "emulator/kafka/group_consumer.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "emulator/kafka/client_config.h"
#include "emulator/kafka/embedded_cluster.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

constexpr std::size_t kTakeBatchRecords = 1'000;
constexpr std::chrono::milliseconds kCommitWait{3'000};
constexpr std::chrono::milliseconds kPollStep{50};
constexpr int kServeMax = 1'000;  // messages of the main queue a turn: errors, normally none

std::optional<std::string_view> view_of(const void* bytes, std::size_t length) {
  if (bytes == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(bytes), length);
}

void read_headers(const rd_kafka_message_t* message, std::vector<RecordHeader>& headers) {
  rd_kafka_headers_t* list =
      nullptr;  // parsed on this call, if there are any; belongs to the message
  if (rd_kafka_message_headers(message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  headers.reserve(rd_kafka_header_cnt(list));
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t length = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(list, i, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    headers.push_back({name, view_of(value, length)});
}

TimestampType timestamp_type(rd_kafka_timestamp_type_t type) {
  switch (type) {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME:
      return TimestampType::CreateTime;
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME:
      return TimestampType::LogAppendTime;
    case RD_KAFKA_TIMESTAMP_NOT_AVAILABLE:
      break;
  }
  return TimestampType::NoTimestamp;
}

ProblemContext context_of(const ConsumerConfig& config) {
  ProblemContext context = ProblemContext::of(config.bootstrap_servers, config.security);
  context.topic = config.topic;
  context.group = config.group;
  return context;
}

// The answer to a commit, filled by librdkafka's callback.
struct CommitAnswer {
  bool came = false;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
};

void on_commit_answer(rd_kafka_t* /*client*/, rd_kafka_resp_err_t error,
                      rd_kafka_topic_partition_list_t* offsets, void* opaque) {
  auto* answer = static_cast<CommitAnswer*>(opaque);
  answer->came = true;
  answer->error = error;
  for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && offsets != nullptr && i < offsets->cnt;
       ++i)
    if (offsets->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) answer->error = offsets->elems[i].err;
}

}  // namespace

GroupConsumer::GroupConsumer(ConsumerConfig config)
    : config_(std::move(config)),
      context_(context_of(config_)),
      start_rule_{config_.starting_position, config_.starting_timestamp_ms} {
  ClientConfiguration configuration = consumer_configuration(config_);
  rd_kafka_conf_set_rebalance_cb(configuration.get(), on_rebalance);
  rd_kafka_conf_set_error_cb(configuration.get(), on_error);
  shared_ = SharedClient::create(std::move(configuration), config_.security.make_token);
  shared_->listener = this;
}

SourceSecurity GroupConsumer::security() const {
  return {std::string(to_string(config_.security.protocol)),
          std::string(to_string(config_.security.mechanism))};
}

GroupConsumer::~GroupConsumer() {
  close();
}

void GroupConsumer::open(std::function<void()> on_activity) {
  if (phase_ != Phase::New) return;
  on_activity_ = std::move(on_activity);
  // Errors arrive on the client's own queue; now they arrive where serve() reads.
  rd_kafka_poll_set_consumer(client());
  main_queue_.reset(rd_kafka_queue_get_consumer(client()));
  rd_kafka_queue_cb_event_enable(main_queue_.get(), on_queue_event, this);
  std::optional<std::int32_t> broker;
  if (config_.cluster == ConsumerConfig::Cluster::Embedded) broker = EmbeddedCluster::kBrokerId;
  probe_ = std::make_unique<TopicProbe>(client(), config_.topic, broker, on_queue_event, this);
  phase_ = Phase::Open;
  subscribe();
}

void GroupConsumer::subscribe() {
  ListHandle topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), config_.topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(client(), topics.get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw ConfigError("[" + config_.name + "] cannot subscribe to topic '" + config_.topic +
                      "' as group '" + config_.group + "': " + rd_kafka_err2str(error) +
                      "; correct the mapping's topic or ConsumerGroupId");
}

void GroupConsumer::on_queue_event(rd_kafka_t* /*client*/, void* opaque) {
  try {
    static_cast<GroupConsumer*>(opaque)->on_activity_();
  } catch (...) {  // nothing may pass through librdkafka's C frames
  }
}

std::vector<SourceEvent> GroupConsumer::serve() {
  if (phase_ != Phase::Open) return {};
  for (int i = 0; i < kServeMax; ++i) {
    MessageHandle message(rd_kafka_consumer_poll(client(), 0));
    if (!message) break;
    // Records cannot come here: their partitions' queues were taken off the main queue before they
    // were assigned.
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) on_message_error(*message);
  }
  retry_lookup();
  probe();
  if (auto problem = problems_.due(Clock::now())) events_.emplace_back(std::move(*problem));
  return std::exchange(events_, {});
}

const GroupConsumer::Assigned* GroupConsumer::find(std::int32_t partition) const {
  const auto found = assigned_.find(partition);
  return found == assigned_.end() ? nullptr : &found->second;
}

void GroupConsumer::take(std::int32_t partition, std::size_t max_records,
                         std::vector<Record>& out) {
  const auto found = assigned_.find(partition);
  if (phase_ != Phase::Open || found == assigned_.end()) return;
  Assigned& assigned = found->second;
  const std::size_t wanted_in_all = out.size() + max_records;
  while (out.size() < wanted_in_all) {
    const std::size_t wanted = std::min(wanted_in_all - out.size(), kTakeBatchRecords);
    if (taken_.size() < wanted) taken_.resize(wanted);
    // With any other timeout it waits for the full count or the full time, even when there are
    // some.
    const ssize_t got =
        rd_kafka_consume_batch_queue(assigned.queue.get(), 0, taken_.data(), wanted);
    if (got <= 0) return;
    const std::size_t before = out.size();
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i)
      hand_over(taken_[i], assigned, out);
    shared_->add_users(static_cast<std::int64_t>(out.size() - before));
    if (static_cast<std::size_t>(got) < wanted)
      return;  // drained; the next arrival calls on_activity
  }
}

void GroupConsumer::hand_over(rd_kafka_message_t* message, Assigned& assigned,
                              std::vector<Record>& out) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const MessageHandle owner(message);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      assigned.at_end = true;
      assigned.end_offset = message->offset;
      assigned.next_offset = std::max(assigned.next_offset, message->offset);
    } else {
      on_message_error(*message);
    }
    return;
  }
  if (message->offset != assigned.next_offset)
    on_gap(message->partition, message->offset, assigned);
  assigned.next_offset = message->offset + 1;
  assigned.at_end = false;

  if (message->rkt != assigned.topic) {  // every message of the partition points to the same one
    assigned.topic = message->rkt;
    assigned.topic_name = rd_kafka_topic_name(message->rkt);
  }
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t timestamp_ms = rd_kafka_message_timestamp(message, &type);
  // All members at once: an empty record would first be zeroed, which costs as much as the rest.
  Record& record = out.emplace_back(
      assigned.topic_name, message->partition, message->offset, timestamp_ms, timestamp_type(type),
      view_of(message->key, message->key_len), view_of(message->payload, message->len),
      std::vector<RecordHeader>(), Record::Memory(message, SharedClient::release_message));
  read_headers(message, record.headers);
}

// Transaction markers and compaction leave gaps as well; only below the log's start there are lost
// records.
void GroupConsumer::on_gap(std::int32_t partition, std::int64_t offset, Assigned& assigned) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto error =
      rd_kafka_get_watermark_offsets(client(), config_.topic.c_str(), partition, &low,
                                     &high);  // what the last fetch said
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || low <= assigned.next_offset || assigned.drop_reported)
    return;
  assigned.drop_reported = true;
  warn_of_dropped(partition, assigned.next_offset, std::min(low, offset));
}

void GroupConsumer::warn_of_dropped(std::int32_t partition, std::int64_t first, std::int64_t end) {
  if (config_.cluster == ConsumerConfig::Cluster::Embedded)
    log::warn(
        "[{}] {}-{}: {} unread records (offsets {} to {}) were dropped: a partition of the "
        "embedded Kafka keeps "
        "5 MiB; use a real broker with --kafka HOST:PORT",
        config_.name, config_.topic, partition, end - first, first, end - 1);
  else
    log::warn(
        "[{}] {}-{}: {} unread records (offsets {} to {}) are gone from the topic: raise its "
        "retention",
        config_.name, config_.topic, partition, end - first, first, end - 1);
}

bool GroupConsumer::at_end(std::int32_t partition) const {
  const Assigned* assigned = find(partition);
  return assigned != nullptr && assigned->at_end;
}

std::int64_t GroupConsumer::end_offset(std::int32_t partition) const {
  const Assigned* assigned = find(partition);
  return assigned != nullptr ? assigned->end_offset : 0;
}

std::optional<std::int64_t> GroupConsumer::latest_end(std::int32_t partition) const {
  if (find(partition) == nullptr) return std::nullopt;
  std::int64_t low = 0;
  std::int64_t high = RD_KAFKA_OFFSET_INVALID;
  // Without a question to the brokers: what the last fetch said.
  const auto error =
      rd_kafka_get_watermark_offsets(client(), config_.topic.c_str(), partition, &low, &high);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
  return high;
}

CommitResult GroupConsumer::commit(const std::vector<CommitOffset>& offsets) {
  if (phase_ != Phase::Open) return CommitResult::Refused;
  ListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const CommitOffset& offset : offsets) {
    const Assigned* assigned = find(offset.partition);
    // Beyond what this assignment has handed out: the result of an earlier one, which is not ours
    // to commit.
    if (assigned == nullptr || offset.next_offset > assigned->next_offset) continue;
    rd_kafka_topic_partition_list_add(list.get(), config_.topic.c_str(), offset.partition)->offset =
        offset.next_offset;
  }
  if (list->cnt == 0) return CommitResult::Done;

  // Storing is refused for what the group has just taken away (_STATE, _UNKNOWN_PARTITION);
  // committing a list would not be: a member may commit what it does not own. So: store, then
  // commit what is stored.
  const auto stored = rd_kafka_offsets_store(client(), list.get());
  if (stored == RD_KAFKA_RESP_ERR__STATE || stored == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
    return CommitResult::Done;
  if (stored != RD_KAFKA_RESP_ERR_NO_ERROR) return CommitResult::Refused;

  // Not rd_kafka_commit(): without brokers it would wait much longer than a poller can.
  CommitAnswer answer;
  QueueHandle queue(rd_kafka_queue_new(client()));
  const auto asked =
      rd_kafka_commit_queue(client(), nullptr, queue.get(), on_commit_answer, &answer);
  const auto deadline = Clock::now() + kCommitWait;
  while (asked == RD_KAFKA_RESP_ERR_NO_ERROR && !answer.came && Clock::now() < deadline)
    rd_kafka_queue_poll_callback(queue.get(), static_cast<int>(kPollStep.count()));
  if (!answer.came) {
    log::debug("[{}] commit not answered within {} ms", config_.name, kCommitWait.count());
    return CommitResult::Refused;
  }
  if (answer.error == RD_KAFKA_RESP_ERR_NO_ERROR || answer.error == RD_KAFKA_RESP_ERR__NO_OFFSET)
    return CommitResult::Done;  // _NO_OFFSET: all of it was committed before
  log::debug("[{}] commit refused: {}", config_.name, rd_kafka_err2str(answer.error));
  return CommitResult::Refused;
}

void GroupConsumer::disable_events() {
  if (main_queue_) rd_kafka_queue_cb_event_enable(main_queue_.get(), nullptr, nullptr);
  for (auto& [partition, assigned] : assigned_)
    rd_kafka_queue_cb_event_enable(assigned.queue.get(), nullptr, nullptr);
  probe_.reset();
}

void GroupConsumer::close() {
  if (phase_ == Phase::Closed) return;
  const bool opened = phase_ == Phase::Open;
  phase_ = Phase::Closed;
  disable_events();
  assigned_.clear();
  unresolved_.reset();
  events_.clear();
  main_queue_.reset();
  if (const auto records = shared_->users() - 1; records > 0)
    log::debug("[{}] {} records are still held; the last one closes the client", config_.name,
               records);
  shared_->listener = nullptr;
  if (!std::exchange(shared_, nullptr)->release(opened, config_.leave_wait)) {
    log::warn(
        "[{}] the brokers do not answer: the group may notice only by its session timeout that "
        "this member has left",
        config_.name);
  }
}

}  // namespace emulator
