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
inline constexpr const char* kRegion = "us-east-1";

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

enum class PackageType { Zip, Image };

// ImageConfig: what replaces the image's own start (docs API_ImageConfig.html).
struct ImageConfig {
  std::vector<std::string> entry_point{};
  std::vector<std::string> command{};
  std::string working_directory{};
};

// LoggingConfig (docs API_LoggingConfig.html). Levels count with the JSON format only.
enum class LogFormat { AsText, AsJson };
struct LoggingConfig {
  LogFormat format = LogFormat::AsText;
  std::string application_level = "INFO";  // TRACE, DEBUG, INFO, WARN, ERROR, FATAL
  std::string system_level = "INFO";       // DEBUG, INFO, WARN
  std::string group{};                     // empty: /aws/lambda/<name>
};

// FunctionUrlConfig (docs API_CreateFunctionUrlConfig.html).
struct UrlCors {
  std::vector<std::string> allow_origins{};
  std::vector<std::string> allow_methods{};
  std::vector<std::string> allow_headers{};
  std::vector<std::string> expose_headers{};
  bool allow_credentials = false;
  std::optional<int> max_age_s{};
};
struct FunctionUrl {
  enum class InvokeMode { Buffered, ResponseStream };
  InvokeMode invoke_mode = InvokeMode::Buffered;
  enum class Auth { Anyone, AwsIam };
  Auth auth = Auth::AwsIam;
  std::optional<UrlCors> cors{};
};

// FunctionEventInvokeConfig (docs API_PutFunctionEventInvokeConfig.html): what becomes of
// asynchronous invocations. At least one member is set.
struct EventInvoke {
  std::optional<int> maximum_retry_attempts{};
  std::optional<int> maximum_event_age_s{};
  std::string on_success{};  // ARNs; empty: none
  std::string on_failure{};
  std::string where{};  // "template.yaml:31"
};

// CapacityProviderConfig: several invocations inside one environment
// (docs API_LambdaManagedInstancesCapacityProviderConfig.html).
struct ManagedInstances {
  std::string capacity_provider_arn{};
  int max_concurrency = 1;               // of one environment
  std::optional<int> set_concurrency{};  // as the configuration says it; absent: Lambda's default
  std::optional<double> memory_gib_per_vcpu{};
};

// One file, as the template has it.
struct InlineCode {
  std::string file;  // "index.py"
  std::string text;
};

inline constexpr int kEphemeralStorageDefaultMb = 512;

struct FunctionConfig {
  std::string name;  // FunctionName, else the logical id
  std::string
      runtime;  // "python3.12", "nodejs22.x", "provided.al2023"; may be empty with `command`
  std::string handler;
  // Absolute; of a template's function perhaps a .zip or .jar, until app has unpacked it.
  std::filesystem::path code_dir;
  // Of a template's function whose code stands in the template; code_dir has it when app has
  // unpacked it.
  std::optional<InlineCode> inline_code{};
  std::vector<std::string> command;  // Metadata klambda Command; replaces the runtime's own start
  std::map<std::string, std::string> environment;
  std::chrono::seconds timeout{3};  // 1–900
  int memory_mb = 128;
  std::optional<int> reserved_concurrency;  // invocations at a time; 0: throttles every one
  std::string version = "$LATEST";
  // Of a template's function: directories and zips, from which app makes opt_dir.
  std::vector<std::filesystem::path> layers{};
  std::filesystem::path opt_dir{};  // what stands in for /opt: its layers; empty: there are none
  std::string architecture{};       // "x86_64" or "arm64"; empty: this machine's
  PackageType package_type = PackageType::Zip;
  std::string image_uri{};  // of an Image
  ImageConfig image{};
  int ephemeral_storage_mb = kEphemeralStorageDefaultMb;  // of /tmp
  LoggingConfig logging{};
  std::optional<FunctionUrl> url{};
  std::optional<EventInvoke> event_invoke{};
  std::string dead_letter_arn{};  // of a queue or topic; empty: none
  std::optional<ManagedInstances> managed_instances{};
  std::string region = kRegion;
  std::string where;  // "template.yaml:12" or "--handler", for messages

  std::string arn() const {
    return "arn:aws:lambda:" + region + ":" + kAccountId + ":function:" + name;
  }
};

// When an environment is started though a warm one is there: `After` is the number of invocations
// that one environment serves at most; 0: as many as come.
struct ColdStarts {
  int after = 0;
};

// How the environments of all functions behave, where AWS gives no choice.
struct EnvironmentOptions {
  bool freeze = false;          // the process group is stopped between invocations, as on AWS
  bool enforce_memory = false;  // one that uses more than its MemorySize is killed
  bool debug = false;           // a stopped debugger freezes the deadline
  ColdStarts cold;
  std::vector<std::filesystem::path> extensions{};  // programs beside those of /opt/extensions
  std::filesystem::path log_dir{};                  // a file for each log stream; empty: none
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

// SourceAccessConfigurations: how Lambda logs in to a cluster or to a schema registry
// (docs.aws.amazon.com/lambda/latest/api/API_SourceAccessConfiguration.html).
enum class AccessType {
  BasicAuth,
  SaslScram256Auth,
  SaslScram512Auth,
  ClientCertificateTlsAuth,
  ServerRootCaCertificate,
  VpcSubnet,        // klambda reaches the brokers by itself
  VpcSecurityGroup  // the same
};
struct SourceAccess {
  AccessType type = AccessType::BasicAuth;
  std::string uri;  // a secret's ARN or name; of a network entry "subnet:…"
};

// SchemaRegistryConfig: docs.aws.amazon.com/lambda/latest/dg/services-consume-kafka-events.html
struct SchemaRegistry {
  enum class RecordFormat {
    AsJson,   // decoded, as JSON
    AsSource  // as the producer encoded it, without the prefix that names the schema
  };
  std::string uri;  // https://… of Confluent's API, or the ARN of a Glue registry
  RecordFormat format = RecordFormat::AsJson;
  bool validates_key = false;
  bool validates_value = false;
  std::vector<SourceAccess> access;
};

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
  std::string function_qualifier;  // a version or an alias; empty: none was given
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
  std::vector<SourceAccess> source_access;        // in the order of the configuration
  std::optional<SchemaRegistry> schema_registry;  // nullopt: records are delivered as they are
  std::vector<std::string> filter_patterns;       // FilterCriteria, each a JSON text; empty: none
  int maximum_retry_attempts = kUnlimited;        // after the first invocation
  int maximum_record_age_s = kUnlimited;
  bool bisect_batch_on_function_error = false;
  bool report_batch_item_failures = false;  // FunctionResponseTypes
  std::string on_failure_destination;       // an ARN or kafka://topic; empty: none
  SystemLogLevel system_log_level = SystemLogLevel::Off;
  std::vector<std::string> metrics;  // MetricsConfig; whatever it says, every counter is kept
  std::string region = kRegion;
  std::string where;  // "template.yaml:31"

  const std::string& group() const { return consumer_group_id.empty() ? uuid : consumer_group_id; }
  std::string arn() const {
    return "arn:aws:lambda:" + region + ":" + kAccountId + ":event-source-mapping:" + uuid;
  }
  std::string function_arn() const {  // as the mapping names it
    return "arn:aws:lambda:" + region + ":" + kAccountId + ":function:" + function_name +
           (function_qualifier.empty() ? "" : ":" + function_qualifier);
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
