#include "emulator/produce.h"

#include <chrono>
#include <fstream>
#include <iostream>
#include <string_view>

#include "emulator/config/brokers.h"
#include "emulator/config/text.h"
#include "emulator/control/client.h"

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
    record.value = value;
    producer.produce(topic, record);
    ++count;
  }
  return count;
}

std::size_t produce_file(const std::string& bootstrap_servers, const std::string& topic,
                         const std::filesystem::path& file) {
  Producer producer(bootstrap_servers);
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
  // The embedded brokers' address is only known to the klambda that they are embedded in.
  if (brokers == kEmbeddedBrokers) brokers = brokers_of_running_klambda(command.host, command.port);
  Producer producer(brokers);
  require_topic(producer, command.topic);
  std::size_t count = 1;
  if (command.value) {
    NewRecord record;
    if (command.key) record.key = *command.key;
    record.value = *command.value;
    record.headers.assign(command.headers.begin(), command.headers.end());
    record.partition = command.partition;
    producer.produce(command.topic, record);
  } else {
    count = produce_lines(producer, command.topic, command.input,
                          {command.key_separator, command.key, command.headers, command.partition});
  }
  finish(producer);
  std::cout << "produced " << counted(count, "record") << " to " << command.topic << '\n';
  return 0;
}

}  // namespace emulator
