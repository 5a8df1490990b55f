#include "emulator/kafka/shared_client.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "emulator/kafka/client_config.h"
#include "emulator/kafka/consumer.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

constexpr std::chrono::seconds kEndWait{5};  // normally well under one
constexpr int kPollStepMs = 50;

std::atomic<int> ending{0};  // threads

// Nobody may wait for ever for a client of which nothing more is wanted: not the process that ends,
// not a mapping that is deleted. False: it goes on alone.
bool within(std::chrono::milliseconds wait, std::function<void()> work) {
  ++ending;
  std::packaged_task<void()> task([work] {
    work();
    --ending;
  });
  const auto ended = task.get_future();
  std::thread thread;
  try {
    thread = std::thread(std::move(task));
  } catch (const std::system_error&) {  // the process is out of threads
    work();
    --ending;
    return true;
  }
  if (ended.wait_for(wait) == std::future_status::ready) {
    thread.join();
    return true;
  }
  log::debug("a consumer is left to end by itself");
  thread.detach();
  return false;
}

}  // namespace

SharedClient* SharedClient::create(ClientConfiguration configuration,
                                   std::function<KafkaSecurity::Token()> make_token) {
  struct Delete {
    void operator()(SharedClient* client) const { delete client; }
  };
  std::unique_ptr<SharedClient, Delete> shared(new SharedClient);
  shared->notes_.attach_to(configuration.get(), std::move(make_token));
  // A message leads to its topic and the topic to this object, so that a record needs no pointer of
  // its own.
  rd_kafka_topic_conf_t* topic = rd_kafka_conf_get_default_topic_conf(configuration.get());
  if (topic == nullptr) {
    topic = rd_kafka_topic_conf_new();
    rd_kafka_conf_set_default_topic_conf(configuration.get(), topic);
  }
  rd_kafka_topic_conf_set_opaque(topic, shared.get());
  shared->client_ = new_client(RD_KAFKA_CONSUMER, std::move(configuration)).release();
  return shared.release();
}

SharedClient& SharedClient::of(void* opaque) {
  return static_cast<Notes*>(static_cast<ConnectionNotes*>(opaque))->owner;
}

void SharedClient::release_message(void* object) {
  auto* message = static_cast<rd_kafka_message_t*>(object);
  auto* shared = static_cast<SharedClient*>(rd_kafka_topic_opaque(message->rkt));
  rd_kafka_message_destroy(message);
  if (shared->remove_user()) within(kEndWait, [shared] { shared->destroy(); });
}

bool SharedClient::release(bool leaves_group, std::chrono::milliseconds wait) {
  return within(wait, [this, leaves_group] {
    if (leaves_group) leave_group();
    if (remove_user()) destroy();
  });
}

// Serves what librdkafka asks until it has left, however late that is. Its calls may never return:
// an assignment that comes when the group has just ended is dropped without an answer.
void SharedClient::leave_group() {
  const QueueHandle queue(rd_kafka_queue_new(client_));
  const ErrorHandle error(rd_kafka_consumer_close_queue(client_, queue.get()));
  if (error) return;
  while (rd_kafka_consumer_closed(client_) == 0)
    rd_kafka_queue_poll_callback(queue.get(), kPollStepMs);
}

bool SharedClient::remove_user() {
  return users_.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

void SharedClient::destroy() {
  rd_kafka_destroy(client_);
  delete this;
}

int consumers_still_ending() {
  return ending;
}

}  // namespace emulator
