// Drives a real destination for test_destinations.py: makes the documents of failed batches and
// sends them.
//
//   sink_program DESTINATION BROKERS FILES_DIRECTORY
//
// Writes one JSON line with "describe" and "check" (null: it is there), then one for each line that
// it reads: {"records": [{"partition", "offset", "key", "value"}, ...]} is a batch of topic
// "orders" whose retries are exhausted, answered with "undelivered" (a number) and "problem".
#include <chrono>
#include <cstdio>
#include <exception>
#include <future>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "emulator/destination/make_sink.h"
#include "emulator/esm/failure_record.h"
#include "emulator/esm/kafka_event.h"
#include "tests/support/records.h"

using namespace emulator;
using nlohmann::json;

namespace {

MappingConfig mapping() {
  MappingConfig config;
  config.topic = "orders";
  config.uuid = "f8a1c1f0-0000-4000-8000-000000000001";
  return config;
}

Batch batch_of(const json& records, const EventFormat& format) {
  std::map<std::int32_t, BatchSlice> slices;
  for (const json& one : records) {
    test::RecordText text;
    text.partition = one.at("partition");
    text.offset = one.at("offset");
    if (one.contains("key")) text.key = one["key"].get<std::string>();
    text.value = one.at("value").get<std::string>();
    slices[text.partition].partition = text.partition;
    slices[text.partition].records.push_back(test::make_record(std::move(text)));
  }
  Batch batch;
  for (auto& [number, slice] : slices) {
    batch.record_count += slice.records.size();
    batch.slices.push_back(std::move(slice));
  }
  batch.event_bytes = format.write(batch).size();
  return batch;
}

json send(RecordSink& sink, std::vector<FailureMessage> messages) {
  std::promise<Undelivered> answer;
  sink.send(std::move(messages), [&](Undelivered given) { answer.set_value(std::move(given)); });
  const Undelivered undelivered = answer.get_future().get();
  return {{"undelivered", undelivered.messages.size()}, {"problem", undelivered.problem}};
}

void run(const std::string& destination_text, const std::string& brokers,
         const std::string& files_directory) {
  const auto destination = parse_destination(destination_text);
  if (!destination) throw std::invalid_argument("no destination: " + destination_text);
  SinkSettings settings;
  settings.bootstrap_servers = brokers;
  settings.region = "us-east-1";
  settings.files_directory = files_directory;
  const auto sink = make_sink(*destination, settings);
  json hello = {{"describe", sink->describe()}, {"check", nullptr}};
  if (const auto problem = sink->check()) hello["check"] = problem->text;
  std::cout << hello << std::endl;

  const MappingConfig config = mapping();
  const EventFormat format(config, brokers);
  Discard discard;
  discard.invoke_count = 3;
  discard.request_id = "316aa6d0-8154-4321-9af7-85d5f4a6bc81";
  discard.function_error = true;
  for (std::string line; std::getline(std::cin, line);) {
    const Batch batch = batch_of(json::parse(line).at("records"), format);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    auto messages = failure_messages(
        *destination, config, "arn:aws:lambda:us-east-1:000000000000:function:f", brokers, format,
        batch, discard, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    std::cout << send(*sink, std::move(messages)) << std::endl;
  }
  sink->stop();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  try {
    run(arguments[1], arguments[2], arguments[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
