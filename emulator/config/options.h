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

// The key that every caller of the Lambda API must sign with. Its secret is never shown.
struct RequiredKey {
  std::string access_key_id;
  std::string secret_access_key;
};

// How secured clusters are entered, beside what a mapping says itself.
struct KafkaAccessOptions {
  bool plaintext = false;              // no TLS and no login, whatever mappings say
  bool sasl_plaintext = false;         // logins without TLS where no authority is named
  bool msk_iam = false;                // MSK mappings without a login use IAM
  std::filesystem::path ca_file;       // PEM; authorities beside a mapping's own; empty: none
  std::filesystem::path secrets_file;  // empty: none
  bool allow_aws = false;              // ask the real AWS for secrets and schemas
};

// Which schema registry stands in for the mappings' own ones.
struct RegistryOptions {
  std::filesystem::path schemas;  // --schemas: a directory; empty: none
  std::string registry;           // --registry: an address, or a Glue ARN; empty: none
  std::string secret;             // --registry-secret: its login; empty: none
};

// Flags of `start` and `run` alike.
struct ServeOptions {
  std::string kafka;  // empty, "embedded" or "host:port[,...]"
  bool allow_remote_brokers = false;
  KafkaAccessOptions access;
  int embedded_partitions = 4;
  RegistryOptions registries;
  bool from_start = false;  // a fresh consumer group that starts at TRIM_HORIZON
  bool until_drained = false;
  std::chrono::milliseconds timeout{60'000};  // of --until-drained
  std::string host = "127.0.0.1";
  std::uint16_t port = 3001;  // control plane; 0: any free one
  std::optional<RequiredKey> require_auth;
  int max_concurrency = 10;  // execution environments of one function
  EnvironmentOptions environments;
  bool offline = false;  // never download a runtime client
  std::chrono::milliseconds retry_backoff_first{200};
  std::chrono::milliseconds retry_backoff_max{10'000};
  std::vector<std::pair<std::string, std::filesystem::path>>
      produce;  // TOPIC=FILE: records produced before polling starts
  Strictness strictness = Strictness::Lenient;
  double time_scale = 1;  // how much faster than real time the mappings' clock runs; above 0
  std::optional<SystemLogLevel> esm_log_level;  // overrides every mapping's own
  std::vector<FaultLine> fault_lines;           // of --fault and its files
  std::uint64_t fault_seed = 1;
  std::filesystem::path state_dir;  // what the API makes is kept there; empty: until klambda ends
  std::string log_level = "info";
};

struct StartCommand {
  ServeOptions serve;
  std::filesystem::path template_file;  // empty: there is none, the Lambda API makes everything
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
  std::string secret;              // to log in with; empty: none
  std::optional<AccessType> sasl;  // which login; nullopt: the secret is a client certificate
  bool tls = false;
  KafkaAccessOptions access;
  std::string host = "127.0.0.1";
  std::uint16_t port = 3001;
  std::optional<std::string> value;  // --value; otherwise one record a line of `input`
  std::filesystem::path input = "-";
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::int32_t> partition;
  std::string key_separator;  // --key-separator ':' splits "key:value" lines; empty: no keys
  std::string schema;         // a file or SUBJECT[:VERSION], of the values; empty: they are text
  std::string key_schema;     // the same of the keys
  RegistryOptions registries;
  std::string subject;  // of a --schema that is a file; empty: the topic's
  std::string message;  // which of a Protobuf schema's; empty: the first
  bool register_schemas = false;
  std::string log_level = "info";
};

struct InvokeCommand {
  std::string function;
  std::string host = "127.0.0.1";
  std::uint16_t port = 3001;
  std::optional<std::string> payload;  // otherwise `payload_file`; neither: {}
  std::filesystem::path payload_file;  // "-": standard input
  std::string qualifier;               // a version or an alias; empty: $LATEST
  bool event = false;                  // asynchronously: klambda queues it and tries it again
  bool log = false;                    // the end of the invocation's log on standard error
  std::string log_level = "info";
};

enum class OutputFormat { Text, AsJson };

struct StatusCommand {
  std::string host = "127.0.0.1";
  std::uint16_t port = 3001;
  OutputFormat output = OutputFormat::Text;
  std::string log_level = "info";
};

struct BatchesCommand {
  std::string host = "127.0.0.1";
  std::uint16_t port = 3001;
  std::string function;  // its batches only, as the next two; empty: all
  std::string mapping;   // name or UUID
  std::string state;
  OutputFormat output = OutputFormat::Text;
  std::string log_level = "info";
};

struct LogsCommand {
  std::string function;
  std::string host = "127.0.0.1";
  std::uint16_t port = 3001;
  bool follow = false;  // until Ctrl-C or klambda's end
  std::string log_level = "info";
};

// The flags of aws-lambda-rie.
struct RieCommand {
  std::vector<std::string> command;  // what runs, its last word the handler; empty: a bootstrap
  std::string address;               // HOST:PORT of invocations; empty: RIE's default
  std::string runtime_api_address;   // HOST:PORT; empty: any free port of 127.0.0.1
  std::string log_level;             // empty: $LOG_LEVEL, else info
};

struct DoctorCommand {
  std::filesystem::path template_file;  // empty: there is none, the brokers alone are looked at
  std::map<std::string, std::string> parameters;
  std::string kafka;  // empty: each mapping's own brokers
  bool allow_remote_brokers = false;
  KafkaAccessOptions access;
  RegistryOptions registries;
  OutputFormat output = OutputFormat::Text;
  std::string log_level = "info";
};

using Command = std::variant<StartCommand, RunCommand, ProduceCommand, InvokeCommand, StatusCommand,
                             BatchesCommand, LogsCommand, RieCommand, DoctorCommand>;

// What to do, or the exit code when everything was said already (--help, --version: 0; wrong usage,
// one line on stderr: 2).
std::variant<Command, int> parse_command_line(int argc, const char* const* argv,
                                              const std::string& version);

}  // namespace emulator
