// The sink for a mapping's on-failure destination. Called by app, before the mapping starts.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "emulator/aws/endpoint.h"
#include "emulator/destination/carriers.h"
#include "emulator/esm/failure_record.h"
#include "emulator/esm/record_sink.h"

namespace emulator {

struct SinkSettings {
  std::string bootstrap_servers;  // of a Kafka destination: the mapping's own
  MakeKafkaSecurity kafka_security = [] { return KafkaSecurity(); };
  std::string region;  // of the mapping; a bucket's ARN names none
  // Where AWS destinations write files when the environment names no endpoint for them.
  std::filesystem::path files_directory;
  Environment environment = process_environment;
};

// Throws ConfigError for an endpoint or a key that cannot be used; calls nobody yet.
std::unique_ptr<RecordSink> make_sink(const DestinationName& destination,
                                      const SinkSettings& settings);

}  // namespace emulator
