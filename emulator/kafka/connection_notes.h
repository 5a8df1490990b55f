// What librdkafka's threads learn about a client's connections and no error of it tells in full,
// kept until its owner asks; and what those threads need of the owner. Every client's opaque is one
// of these. Threads: any. Lifetime: longer than its client.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "emulator/kafka/security.h"

namespace emulator {

class ConnectionNotes {
 public:
  // Makes it the opaque of the client that this configuration is for.
  void attach_to(rd_kafka_conf_t* configuration, std::function<KafkaSecurity::Token()> token_maker);

  // librdkafka's latest text about a failed connection; taken once.
  void remember_failure(std::string text);
  std::string take_failure();

  // Why the certificate that a broker showed last was not believed: OpenSSL's X509_V_ERR_…; 0: it
  // was, or none was shown.
  void remember_certificate_fault(int code) { certificate_fault_ = code; }
  int certificate_fault() const { return certificate_fault_; }

  // Constant once the client works.
  std::function<KafkaSecurity::Token()> make_token;

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::string failure_;

  std::atomic<int> certificate_fault_{0};
};

// For rd_kafka_conf_set_log_cb: logs at debug level, and remembers what failed.
void log_and_remember(const rd_kafka_t* client, int level, const char* facility, const char* text);

}  // namespace emulator
