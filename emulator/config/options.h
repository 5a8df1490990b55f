// The command line as plain values, and the one function that reads it. `klambda --help` is made
// from the same table. Called once, from main, before any thread starts.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/config/model.h"

namespace emulator {

// Flags of `start` and `run` alike.
struct ServeOptions {
  std::string kafka;  // empty, "embedded" or "host:port[,...]"
  bool allow_remote_brokers = false;
  int embedded_partitions = 4;
  bool from_start = false;  // a fresh consumer group that starts at TRIM_HORIZON
  bool until_drained = false;
  std::chrono::milliseconds timeout{60'000};  // of --until-drained
  std::string host = "127.0.0.1";
  std::uint16_t port = 3001;  // control plane; 0: any free one
  int max_concurrency = 10;   // execution environments of one function
  bool offline = false;       // never download a runtime client
  std::chrono::milliseconds retry_backoff_first{200};
  std::chrono::milliseconds retry_backoff_max{10'000};
  std::vector<std::pair<std::string, std::filesystem::path>>
      produce;  // TOPIC=FILE: records produced before polling starts
  Strictness strictness = Strictness::Lenient;
  double time_scale = 1;  // how much faster than real time the mappings' clock runs; above 0
  std::optional<SystemLogLevel> esm_log_level;  // overrides every mapping's own
  std::vector<FaultLine> fault_lines;           // of --fault and its files
  std::uint64_t fault_seed = 1;
  std::string log_level = "info";
};

struct StartCommand {
  ServeOptions serve;
  std::filesystem::path template_file = "template.yaml";
  std::map<std::string, std::string> parameters;  // --parameter NAME=VALUE
};

struct RunCommand {
  ServeOptions serve;
  Application application;  // one function and, with --topic, one mapping
};

struct ProduceCommand {
  std::string topic;
  std::string kafka;  // empty: the broker of the klambda that runs at host:port
  bool allow_remote_brokers = false;
  std::string host = "127.0.0.1";
  std::uint16_t port = 3001;
  std::optional<std::string> value;  // --value; otherwise one record a line of `input`
  std::filesystem::path input = "-";
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::int32_t> partition;
  std::string key_separator;  // --key-separator ':' splits "key:value" lines; empty: no keys
  std::string log_level = "info";
};

struct InvokeCommand {
  std::string function;
  std::string host = "127.0.0.1";
  std::uint16_t port = 3001;
  std::optional<std::string> payload;  // otherwise `payload_file`; neither: {}
  std::filesystem::path payload_file;  // "-": standard input
  std::string log_level = "info";
};

using Command = std::variant<StartCommand, RunCommand, ProduceCommand, InvokeCommand>;

// What to do, or the exit code when everything was said already (--help, --version: 0; wrong usage,
// one line on stderr: 2).
std::variant<Command, int> parse_command_line(int argc, const char* const* argv,
                                              const std::string& version);

}  // namespace emulator
