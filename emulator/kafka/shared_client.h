// A consumer's rd_kafka_t and everybody who keeps it alive: the consumer itself and each record
// that it handed out. rd_kafka_destroy() waits for ever while a message of the client lives, so the
// last one to let go destroys it: records may outlive their consumer, and may be released on any
// thread but librdkafka's own. A client that does not end in time is left to a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

#include "emulator/kafka/client_security.h"
#include "emulator/kafka/connection_notes.h"
#include "emulator/kafka/rdkafka_handles.h"

namespace emulator {

class SharedClient {
 public:
  // Starts with one user, the caller. Throws as new_client(); `configuration` gets the notes as its
  // opaque.
  static SharedClient* create(ClientConfiguration configuration,
                              std::function<KafkaSecurity::Token()> make_token);
  static SharedClient& of(void* opaque);

  rd_kafka_t* get() const { return client_; }

  // The object whose callbacks run inside consumer polls (rebalance, errors); null once it has
  // closed. One thread.
  void* listener = nullptr;

  ConnectionNotes& notes() { return notes_; }

  // Turns a message into something that releases itself: the two functions that Record::Memory
  // needs.
  void add_users(std::int64_t count) { users_.fetch_add(count, std::memory_order_relaxed); }
  std::int64_t users() const { return users_.load(std::memory_order_relaxed); }
  static void release_message(void* message);

  // The consumer lets go, and first leaves its group if it has one. False: that has not come to its
  // end within `wait`, and goes on by itself.
  bool release(bool leaves_group, std::chrono::milliseconds wait);

 private:
  // So that librdkafka's callbacks find both by the one opaque.
  struct Notes : ConnectionNotes {
    explicit Notes(SharedClient& of) : owner(of) {}
    SharedClient& owner;
  };
  SharedClient() : notes_(*this) {}
  ~SharedClient() = default;
  void leave_group();
  bool remove_user();  // true: it was the last one
  void destroy();

  Notes notes_;
  rd_kafka_t* client_ = nullptr;
  std::atomic<std::int64_t> users_{1};
};

}  // namespace emulator
