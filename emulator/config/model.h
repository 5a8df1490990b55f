// What a configuration says, as plain values. Filled by the template reader and the command line,
// read by everyone; this header includes nothing of ours, so every library may use it.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

// A user's mistake: one line that says what, where (file:line or flag) and how to mend it. Ends the
// program with exit code 2.
struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr const char* kAccountId = "000000000000";

// docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, "Reserved environment variables"
inline constexpr std::array<std::string_view, 16> kReservedVariables{
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN"};
// Reserved too; AWS fills them from the role and the region, which a local function does not have.
inline constexpr std::array<std::string_view, 5> kRoleVariables{
    "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

struct FunctionConfig {
  std::string name;  // FunctionName, else the logical id
  std::string
      runtime;  // "python3.12", "nodejs22.x", "provided.al2023"; may be empty with `command`
  std::string handler;
  std::filesystem::path code_dir;    // absolute
  std::vector<std::string> command;  // Metadata klambda Command; replaces the runtime's own start
  std::map<std::string, std::string> environment;
  std::chrono::seconds timeout{3};  // 1–900
  int memory_mb = 128;
  std::optional<int> reserved_concurrency;  // invocations at a time; 0: throttles every one
  std::string region = "us-east-1";
  std::string where;  // "template.yaml:12" or "--handler", for messages

  std::string arn() const {
    return "arn:aws:lambda:" + region + ":" + kAccountId + ":function:" + name;
  }
};

enum class StartingPosition { TrimHorizon, Latest, AtTimestamp };
enum class EventSourceKind { SelfManagedKafka, Msk };

// Limits: docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html
inline constexpr int kBatchSizeDefault = 100;
inline constexpr int kBatchSizeMax = 10'000;
inline constexpr int kBatchWindowSecondsMax = 300;
inline constexpr std::chrono::milliseconds kBatchWindowDefault{500};
inline constexpr std::size_t kEventBytesMax = 6'291'456;     // of event JSON
inline constexpr std::size_t kPatternCharactersMax = 4'096;  // of a filter (API reference, Filter)
inline constexpr int kUnlimited = -1;  // of MaximumRetryAttempts and MaximumRecordAgeInSeconds
// "-1 with a destination: Lambda applies a maximum of 10" (kafka-retry-configurations.html)
inline constexpr int kRetryAttemptsWithDestination = 10;

// What AWS would refuse: taken all the same (Lenient), or refused (--strict).
enum class Strictness { Lenient, Strict };

// ProvisionedPollerConfig; defaults: docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
struct ProvisionedPollers {
  int minimum = 1;
  int maximum = 200;
  std::string group_name;
};

// LoggingConfig.SystemLogLevel: which of the mapping's own log events appear.
enum class SystemLogLevel { Off, Warn, Info, Debug };

struct MappingConfig {
  std::string name;  // "Function/Event" logical ids, or "topic -> function"; unique, named in every
                     // log line
  std::string uuid;  // version 5 of template path and logical id
  std::string function_name;
  std::string topic;
  EventSourceKind kind = EventSourceKind::SelfManagedKafka;
  std::string event_source_arn;  // MSK only
  std::vector<std::string>
      bootstrap_servers;          // as the template says; what is used is decided in app
  std::string consumer_group_id;  // empty: the UUID
  int batch_size = kBatchSizeDefault;
  std::chrono::milliseconds batch_window = kBatchWindowDefault;
  StartingPosition starting_position = StartingPosition::TrimHorizon;
  std::int64_t starting_timestamp_ms = 0;  // AT_TIMESTAMP
  bool enabled = true;
  std::optional<ProvisionedPollers> provisioned;  // nullopt: on-demand mode
  std::vector<std::string> filter_patterns;       // FilterCriteria, each a JSON text; empty: none
  int maximum_retry_attempts = kUnlimited;        // after the first invocation
  int maximum_record_age_s = kUnlimited;
  bool bisect_batch_on_function_error = false;
  bool report_batch_item_failures = false;  // FunctionResponseTypes
  std::string on_failure_destination;       // an ARN or kafka://topic; empty: none
  SystemLogLevel system_log_level = SystemLogLevel::Off;
  std::string region = "us-east-1";
  std::string where;  // "template.yaml:31"

  const std::string& group() const { return consumer_group_id.empty() ? uuid : consumer_group_id; }
  std::string arn() const {
    return "arn:aws:lambda:" + region + ":" + kAccountId + ":event-source-mapping:" + uuid;
  }
  // The retries that really apply; nullopt: no limit.
  std::optional<int> retry_limit() const {
    if (maximum_retry_attempts != kUnlimited) return maximum_retry_attempts;
    if (on_failure_destination.empty()) return std::nullopt;
    return kRetryAttemptsWithDestination;
  }
};

// A fault of the script (esm/fault_line.h) as the user wrote it, and where: "--fault" or
// "faults.txt:3".
struct FaultLine {
  std::string text;
  std::string where;
};

struct Application {
  std::filesystem::path directory;  // the template's, or the current one; absolute
  std::vector<FunctionConfig> functions;
  std::vector<MappingConfig> mappings;
  std::vector<std::string> warnings;  // what was not understood, each with file and line
};

}  // namespace emulator
