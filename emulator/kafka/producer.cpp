#include "emulator/kafka/producer.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "emulator/kafka/client_config.h"
#include "emulator/kafka/connection_notes.h"
#include "emulator/kafka/problems.h"
#include "emulator/kafka/rdkafka_handles.h"

namespace emulator {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPollStep{50};
constexpr std::chrono::milliseconds kAskAgain{100};
constexpr int kAllTopics = 1;  // asking for one topic would create it
constexpr std::chrono::milliseconds kFirstUseWait{500};
// For the reports of purged messages, which need no broker.
constexpr std::chrono::milliseconds kPurgeWait{1'000};

int remaining_ms(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

// An empty view may have no address, which librdkafka would take for null.
const void* address(std::string_view bytes) {
  return bytes.data() != nullptr ? bytes.data() : "";
}

HeadersHandle headers_of(const NewRecord& record) {
  HeadersHandle headers(rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers)
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()),
                        value ? value->data() : nullptr,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  return headers;
}

}  // namespace

class Producer::Impl {
 public:
  Impl(const std::string& bootstrap_servers, const KafkaSecurity& security)
      : notes_(*this), context_(ProblemContext::of(bootstrap_servers, security)) {
    ClientConfiguration configuration = producer_configuration(bootstrap_servers, security);
    notes_.attach_to(configuration.get(), security.make_token);
    rd_kafka_conf_set_dr_msg_cb(configuration.get(), on_delivery);
    rd_kafka_conf_set_error_cb(configuration.get(), on_error);
    client_ = new_client(RD_KAFKA_PRODUCER, std::move(configuration));
  }

  ~Impl() {
    // What was not flushed is given up: destroying must not wait for brokers.
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(client_.get(), 0);
  }

  std::optional<SourceProblem> check_topic(const std::string& topic,
                                           std::chrono::milliseconds timeout);
  // `number`: of a record of a store(), which then learns whether it was stored.
  void produce(const std::string& topic, const NewRecord& record, std::size_t number = kNoNumber);
  std::optional<std::string> flush(std::chrono::milliseconds timeout);
  NotStored store(const std::string& topic, const std::vector<NewRecord>& records,
                  std::chrono::milliseconds timeout, const std::stop_token& stop);

  std::size_t acknowledged() const { return acknowledged_; }

 private:
  // So that librdkafka's callbacks find both by the one opaque.
  struct Notes : ConnectionNotes {
    explicit Notes(Impl& of) : owner(of) {}
    Impl& owner;
  };
  static Impl& of(void* opaque) {
    return static_cast<Notes*>(static_cast<ConnectionNotes*>(opaque))->owner;
  }

  rd_kafka_resp_err_t look_up(const std::string& topic, std::chrono::milliseconds timeout);

  static void on_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
    auto* self = &of(opaque);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return self->on_failure(message->err, rd_kafka_topic_name(message->rkt));
    ++self->acknowledged_;
    // A late report of an earlier store() has a number below this one's.
    const auto number = reinterpret_cast<std::size_t>(message->_private);
    if (number < self->first_number_) return;
    const std::size_t place = number - self->first_number_;
    if (place < self->stored_.size()) self->stored_[place] = true;
  }

  static void on_error(rd_kafka_t* /*client*/, int error, const char* reason, void* opaque) {
    auto* self = &of(opaque);
    try {
      if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
      self->last_error_ = reason;
      self->last_error_kind_ = static_cast<rd_kafka_resp_err_t>(error);
    } catch (...) {  // nothing may pass through librdkafka's C frames
    }
  }

  void on_failure(rd_kafka_resp_err_t error, const char* topic) noexcept {
    if (failed_++ != 0) return;
    try {
      context_.topic = topic;
      first_failure_ = problem_of(error).text;
    } catch (...) {  // nothing may pass through librdkafka's C frames
    }
  }

  SourceProblem problem_of(rd_kafka_resp_err_t error) const {
    using Kind = SourceProblem::Kind;
    const std::string topic = "topic '" + context_.topic + "' on " + context_.brokers;
    if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
      return {
          Kind::Other,
          topic + ": a record is too large for the broker; raise the topic's max.message.bytes"};
    if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
      return {Kind::TopicDenied,
              topic + ": no right to write it; grant Describe and Write on the topic"};
    if (error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
      return {Kind::TopicMissing,
              topic + ": no such topic or partition; create it or name another one"};
    if (error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || error == RD_KAFKA_RESP_ERR__TIMED_OUT ||
        error == RD_KAFKA_RESP_ERR__TRANSPORT)
      return explain(last_error_kind_, last_error_, context_, notes_.certificate_fault());
    return explain(error, {}, context_);
  }

  Notes notes_;
  // Owned by the caller's thread: librdkafka's callbacks run inside our own polls.
  ProblemContext context_;
  std::string last_error_;
  rd_kafka_resp_err_t last_error_kind_ = RD_KAFKA_RESP_ERR__TRANSPORT;
  std::size_t acknowledged_ = 0;
  std::size_t failed_ = 0;
  std::string first_failure_;
  // A record's number travels as its message's opaque pointer and is never used again.
  static constexpr std::size_t kNoNumber = 0;
  std::size_t first_number_ = kNoNumber + 1;
  std::vector<bool> stored_;  // of the last store(), whose first record has first_number_
  ClientHandle client_;
  std::map<std::string, TopicHandle> used_topics_;  // before their client
};

rd_kafka_resp_err_t Producer::Impl::look_up(const std::string& topic,
                                            std::chrono::milliseconds timeout) {
  const rd_kafka_metadata_t* answer = nullptr;
  const auto error = rd_kafka_metadata(client_.get(), kAllTopics, nullptr, &answer,
                                       static_cast<int>(timeout.count()));
  rd_kafka_poll(client_.get(), 0);  // errors, for the text
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  const MetadataHandle metadata(answer);
  for (int i = 0; i < metadata->topic_cnt; ++i)
    if (metadata->topics[i].topic == topic) return metadata->topics[i].err;
  return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

std::optional<SourceProblem> Producer::Impl::check_topic(const std::string& topic,
                                                         std::chrono::milliseconds timeout) {
  context_.topic = topic;
  const auto deadline = Clock::now() + timeout;
  bool answered = false;
  for (;;) {
    const auto error =
        look_up(topic, std::chrono::milliseconds(std::max(remaining_ms(deadline), 1)));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    // The last question may have too little time for an answer, which an earlier one has got.
    answered = answered || error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (Clock::now() + kAskAgain >= deadline)
      return answered ? SourceProblem{SourceProblem::Kind::TopicMissing,
                                      "topic '" + topic + "' does not exist on " +
                                          context_.brokers + ": create it, or name another one"}
                      : problem_of(error);
    std::this_thread::sleep_for(kAskAgain);
  }
}

void Producer::Impl::produce(const std::string& topic, const NewRecord& record,
                             std::size_t number) {
  if (const auto [used, is_new] = used_topics_.try_emplace(topic); is_new) {
    // By itself librdkafka asks for a new topic's partitions once a second; an answer reaches
    // topics that it knows.
    used->second.reset(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
    look_up(topic, kFirstUseWait);
  }
  std::array<rd_kafka_vu_t, 8> fields{};
  std::size_t count = 0;
  const auto add = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
    fields[count].vtype = type;
    return fields[count++];
  };
  add(RD_KAFKA_VTYPE_TOPIC).u.cstr = topic.c_str();
  add(RD_KAFKA_VTYPE_PARTITION).u.i32 = record.partition.value_or(RD_KAFKA_PARTITION_UA);
  add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
  // librdkafka's fields are not const, but with MSG_F_COPY it only reads.
  if (record.value)
    add(RD_KAFKA_VTYPE_VALUE).u.mem = {const_cast<void*>(address(*record.value)),
                                       record.value->size()};
  if (record.key)
    add(RD_KAFKA_VTYPE_KEY).u.mem = {const_cast<void*>(address(*record.key)), record.key->size()};
  if (record.timestamp_ms) add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = *record.timestamp_ms;
  if (number != kNoNumber) add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = reinterpret_cast<void*>(number);
  HeadersHandle headers;
  if (!record.headers.empty()) {
    headers = headers_of(record);
    add(RD_KAFKA_VTYPE_HEADERS).u.headers = headers.get();
  }
  for (;;) {
    const ErrorHandle error(rd_kafka_produceva(client_.get(), fields.data(), count));
    if (!error) {
      static_cast<void>(headers.release());  // the message has them now
      rd_kafka_poll(client_.get(), 0);
      return;
    }
    if (rd_kafka_error_code(error.get()) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
      return on_failure(rd_kafka_error_code(error.get()), topic.c_str());
    rd_kafka_poll(client_.get(), static_cast<int>(kPollStep.count()));
  }
}

std::optional<std::string> Producer::Impl::flush(std::chrono::milliseconds timeout) {
  const auto error = rd_kafka_flush(client_.get(), static_cast<int>(timeout.count()));
  if (failed_ == 0 && error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  const auto waiting = static_cast<std::size_t>(std::max(rd_kafka_outq_len(client_.get()), 0));
  const std::string first =
      failed_ != 0 ? first_failure_ : problem_of(RD_KAFKA_RESP_ERR__TIMED_OUT).text;
  return std::to_string(failed_ + waiting) + " of " +
         std::to_string(acknowledged_ + failed_ + waiting) + " records were not stored: " + first;
}

NotStored Producer::Impl::store(const std::string& topic, const std::vector<NewRecord>& records,
                                std::chrono::milliseconds timeout, const std::stop_token& stop) {
  const auto deadline = Clock::now() + timeout;
  first_number_ += stored_.size();
  stored_.assign(records.size(), false);
  failed_ = 0;
  first_failure_.clear();
  context_.topic = topic;
  for (std::size_t place = 0; place < records.size(); ++place)
    produce(topic, records[place], first_number_ + place);
  while (rd_kafka_outq_len(client_.get()) > 0 && remaining_ms(deadline) > 0 &&
         !stop.stop_requested())
    rd_kafka_flush(client_.get(),
                   std::min(remaining_ms(deadline), static_cast<int>(kPollStep.count())));

  NotStored result;
  const bool in_time = rd_kafka_outq_len(client_.get()) == 0;
  if (failed_ == 0 && !in_time)
    result.problem =
        stop.stop_requested() ? "klambda stops" : problem_of(RD_KAFKA_RESP_ERR__TIMED_OUT).text;
  if (!in_time) {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(client_.get(), static_cast<int>(kPurgeWait.count()));
  }
  for (std::size_t place = 0; place < stored_.size(); ++place)
    if (!stored_[place]) result.records.push_back(place);
  if (result.records.empty())
    result.problem.clear();
  else if (result.problem.empty())
    result.problem = first_failure_;
  return result;
}

Producer::Producer(const std::string& bootstrap_servers, const KafkaSecurity& security)
    : impl_(std::make_unique<Impl>(bootstrap_servers, security)) {}
Producer::~Producer() = default;

std::optional<SourceProblem> Producer::check_topic(const std::string& topic,
                                                   std::chrono::milliseconds timeout) {
  return impl_->check_topic(topic, timeout);
}

void Producer::produce(const std::string& topic, const NewRecord& record) {
  impl_->produce(topic, record);
}

std::optional<std::string> Producer::flush(std::chrono::milliseconds timeout) {
  return impl_->flush(timeout);
}

NotStored Producer::store(const std::string& topic, const std::vector<NewRecord>& records,
                          std::chrono::milliseconds timeout, const std::stop_token& stop) {
  return impl_->store(topic, records, timeout, stop);
}

std::size_t Producer::acknowledged() const {
  return impl_->acknowledged();
}

}  // namespace emulator
