#include "emulator/produce.h"

#include <chrono>
#include <fstream>
#include <iostream>
#include <string_view>

#include "emulator/config/brokers.h"
#include "emulator/config/text.h"
#include "emulator/control/client.h"
#include "emulator/kafka_access.h"
#include "emulator/registries.h"

namespace emulator {
namespace {

constexpr std::chrono::milliseconds kTopicTimeout{10'000};
constexpr std::chrono::milliseconds kFlushTimeout{60'000};

void require_topic(Producer& producer, const std::string& topic) {
  if (const auto problem = producer.check_topic(topic, kTopicTimeout))
    throw Unreachable(problem->text);
}

void finish(Producer& producer) {
  if (const auto problem = producer.flush(kFlushTimeout)) throw Unreachable(*problem);
}

// `text` as the record has it; `encoded` keeps it.
std::string_view encode(std::string_view text, const SchemaEncoder* encoder, std::string& encoded) {
  if (encoder == nullptr) return text;
  encoded = encoder->encode(text);
  return encoded;
}

std::unique_ptr<SchemaEncoder> make_encoder(const EncoderRequest& request,
                                            const ProducerRegistry& registry) {
  if (request.schema.empty()) return nullptr;
  auto made = make_schema_encoder(request, registry.publisher.get());
  if (auto* problem = std::get_if<SourceProblem>(&made)) throw Unreachable(problem->text);
  return std::move(std::get<std::unique_ptr<SchemaEncoder>>(made));
}

struct Encoders {
  std::unique_ptr<SchemaEncoder> key;
  std::unique_ptr<SchemaEncoder> value;
};

// Subjects are the topic's, as the registries' own serializers have them: Confluent's
// TopicNameStrategy; Glue's schema of the topic's name.
Encoders make_encoders(const ProduceCommand& command, const KafkaAccess& access) {
  const auto registry =
      make_producer_registry({command.registries, access.secrets(), access.real_aws()});
  EncoderRequest request;
  request.framing = registry.framing;
  if (command.register_schemas) request.unknown = EncoderRequest::Unknown::IsAdded;
  request.flag = "--key-schema";
  request.schema = command.key_schema;
  request.subject = command.topic + "-key";
  Encoders encoders;
  encoders.key = make_encoder(request, registry);
  request.flag = "--schema";
  request.schema = command.schema;
  request.subject = command.subject;
  if (request.subject.empty())
    request.subject = command.topic + (registry.framing == Framing::Glue ? "" : "-value");
  request.message = command.message;
  encoders.value = make_encoder(request, registry);
  return encoders;
}

}  // namespace

std::size_t produce_lines(Producer& producer, const std::string& topic,
                          const std::filesystem::path& file, const LineFormat& format) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened || std::filesystem::is_directory(file)) {
      throw ConfigError("cannot read " + file.string() +
                        ": give a file with one record a line, or - for standard input");
    }
  }
  std::istream& input = file == "-" ? std::cin : opened;
  std::size_t count = 0;
  for (std::string line; std::getline(input, line);) {
    NewRecord record;
    record.headers.assign(format.headers.begin(), format.headers.end());
    record.partition = format.partition;
    std::string_view value = line;
    if (format.key) record.key = *format.key;
    if (!format.key_separator.empty()) {
      if (const auto end = value.find(format.key_separator); end != value.npos) {
        record.key = value.substr(0, end);
        value.remove_prefix(end + format.key_separator.size());
      }
    }
    std::string key_bytes;
    std::string value_bytes;
    try {
      if (record.key) record.key = encode(*record.key, format.key_encoder, key_bytes);
      record.value = encode(value, format.value_encoder, value_bytes);
    } catch (const EncodeError& error) {
      finish(producer);
      throw ConfigError((file == "-" ? "line " : file.string() + ":") + std::to_string(count + 1) +
                        ": " + error.what() + "; produced before it: " + counted(count, "record"));
    }
    producer.produce(topic, record);
    ++count;
  }
  return count;
}

std::size_t produce_file(const std::string& bootstrap_servers, const KafkaSecurity& security,
                         const std::string& topic, const std::filesystem::path& file) {
  Producer producer(bootstrap_servers, security);
  require_topic(producer, topic);
  const auto count = produce_lines(producer, topic, file, {});
  finish(producer);
  return count;
}

int run_produce(const ProduceCommand& command) {
  std::string brokers(kEmbeddedBrokers);
  if (!command.kafka.empty()) {
    brokers = chosen_by_flag(
        "--kafka", command.kafka,
        command.allow_remote_brokers ? RemoteBrokers::Allowed : RemoteBrokers::Refused);
  }
  const KafkaAccess access(command.access);
  // The embedded brokers' address is only known to the klambda that they are embedded in.
  if (brokers == kEmbeddedBrokers) brokers = brokers_of_running_klambda(command.host, command.port);
  const Encoders encoders = make_encoders(command, access);
  Producer producer(brokers, access.enter(command));
  require_topic(producer, command.topic);
  std::size_t count = 1;
  if (command.value) {
    NewRecord record;
    std::string key_bytes;
    std::string value_bytes;
    try {
      if (command.key) record.key = encode(*command.key, encoders.key.get(), key_bytes);
      record.value = encode(*command.value, encoders.value.get(), value_bytes);
    } catch (const EncodeError& error) {
      throw ConfigError(std::string("the record: ") + error.what());
    }
    record.headers.assign(command.headers.begin(), command.headers.end());
    record.partition = command.partition;
    producer.produce(command.topic, record);
  } else {
    count = produce_lines(producer, command.topic, command.input,
                          {command.key_separator, command.key, command.headers, command.partition,
                           encoders.key.get(), encoders.value.get()});
  }
  finish(producer);
  std::cout << "produced " << counted(count, "record") << " to " << command.topic << '\n';
  return 0;
}

}  // namespace emulator
