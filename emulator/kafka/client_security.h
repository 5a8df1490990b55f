// A KafkaSecurity as options of a client: TLS, the login, and the callbacks that both need. Called
// while a client is made, on its owner's thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "emulator/kafka/rdkafka_handles.h"
#include "emulator/kafka/security.h"

namespace emulator {

// A file that is gone with the object; its owner alone may read it.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content);  // throws std::system_error
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Options of a client to be made, and what it reads while it is made.
struct ClientConfiguration {
  ConfigurationHandle handle{rd_kafka_conf_new()};
  std::unique_ptr<TemporaryFile> certificate_chain;  // null: there is none
  bool logs_in_with_token = false;

  rd_kafka_conf_t* get() const { return handle.get(); }
};

// The client's opaque is to be a ConnectionNotes that has security.make_token. Throws
// SourceProblemError where a value cannot be used; its text has no secret.
void apply_security(ClientConfiguration& configuration, const KafkaSecurity& security);

}  // namespace emulator
