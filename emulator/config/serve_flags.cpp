// The flags of `start` and `run` alike, and those that other commands share with them.
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <system_error>
#include <utility>

#include "emulator/config/brokers.h"
#include "emulator/config/flags.h"
#include "emulator/config/rules.h"
#include "emulator/config/text.h"

namespace emulator::command_line {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kMillisecond{1};
constexpr milliseconds kHour{3'600'000};
constexpr milliseconds kDay{24 * kHour};
constexpr int kEmbeddedPartitionsMax = 1'000;
// An AWS account's own: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
constexpr int kMaxConcurrencyMax = 1'000;
// --retry-backoff aws. AWS does not publish its schedule: inference, of its usual form.
constexpr milliseconds kAwsBackoffFirst{1'000};
constexpr milliseconds kAwsBackoffMax{60'000};
constexpr double kTimeScaleMin = 0.001;
constexpr double kTimeScaleMax = 1'000'000;
constexpr std::uintmax_t kFaultFileBytesMax = 1024 * 1024;

void read_backoff(const std::string& text, ServeOptions& serve) {
  if (text == "aws") {
    serve.retry_backoff_first = kAwsBackoffFirst;
    serve.retry_backoff_max = kAwsBackoffMax;
    return;
  }
  const auto dots = text.find("..");
  const std::string_view all(text);
  const auto first = read_duration(all.substr(0, dots), kMillisecond, kHour);
  const auto max =
      dots == std::string::npos ? first : read_duration(all.substr(dots + 2), kMillisecond, kHour);
  if (first > max)
    throw ConfigError("the first wait must not be longer than the last: write 200ms..10s");
  serve.retry_backoff_first = first;
  serve.retry_backoff_max = max;
}

double read_time_scale(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    throw ConfigError("it must be a number, for instance 60");
  if (value < kTimeScaleMin || value > kTimeScaleMax)
    throw ConfigError("it must be between 0.001 and 1000000");
  return value;
}

// The faults' own words are esm/faults' to read; here they are only collected, with the place that
// a mistake is to name.
void read_fault(const std::string& text, ServeOptions& serve) {
  if (text.empty()) throw ConfigError("the value is empty");
  if (text.front() != '@') {
    serve.fault_lines.push_back({text, "--fault"});
    return;
  }
  const std::string name = text.substr(1);
  std::error_code error;
  std::ifstream file(name);
  if (!fs::is_regular_file(name, error) || !file)
    throw ConfigError("no such file, or it cannot be read: " + name);
  if (fs::file_size(name, error) > kFaultFileBytesMax)
    throw ConfigError("the file is larger than 1 MB: this is no fault script");
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (!trim(line).empty())
      serve.fault_lines.push_back({std::string(trim(line)), name + ":" + std::to_string(number)});
  }
}

SystemLogLevel read_esm_log_level(const std::string& text) {
  if (text == "off") return SystemLogLevel::Off;
  if (text == "warn") return SystemLogLevel::Warn;
  if (text == "info") return SystemLogLevel::Info;
  if (text == "debug") return SystemLogLevel::Debug;
  throw ConfigError("it must be off, warn, info or debug");
}

ColdStarts read_cold(const std::string& text) {
  if (text == "first") return {0};
  if (text == "every") return {1};
  const auto count = starts_with(text, "after=") ? parse_integer(text.substr(6)) : std::nullopt;
  if (!count || *count < 1 || *count > 1'000'000)
    throw ConfigError("it must be every, first or after=N");
  return {static_cast<int>(*count)};
}

// Not by add(), which shows the value of what it refuses.
void add_require_auth(CLI::App& app, ServeOptions& serve) {
  app.add_option_function<std::string>(
         "--require-auth",
         [&serve](const std::string& text) {
           const auto colon = text.find(':');
           if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
             throw ConfigError(
                 "--require-auth: it is written KEY:SECRET (what was given is not shown)");
           serve.require_auth = RequiredKey{text.substr(0, colon), text.substr(colon + 1)};
         },
         "Answer only what is signed with this AWS key")
      ->type_name("KEY:SECRET")
      // A command line can be seen by everyone on the machine.
      ->envname("KLAMBDA_REQUIRE_AUTH");
}

// Its name is the file's, as for those of /opt/extensions.
void read_extension(const std::string& text, ServeOptions& serve) {
  std::error_code error;
  const auto path = fs::absolute(text, error);
  if (!fs::is_regular_file(path, error)) throw ConfigError("no such file: " + text);
  if (::access(path.c_str(), X_OK) != 0)
    throw ConfigError(text + " is not an executable file: chmod +x it");
  serve.environments.extensions.push_back(path);
}

void add_kafka_flags(CLI::App& app, ServeOptions& serve) {
  app.option_defaults()->group("Kafka");
  add_kafka(app, serve.kafka, serve.allow_remote_brokers,
            "'embedded' or HOST:PORT[,...]; instead of each mapping's own");
  add_integer(app, "--embedded-partitions",
              "Partitions of each topic of the embedded Kafka (default 4)",
              serve.embedded_partitions, {1, kEmbeddedPartitionsMax});
  add_repeatable(
      app, "--produce", "TOPIC=FILE", "Produce a record for each line of FILE first (repeatable)",
      [&serve](const std::string& text) {
        auto [topic, file] = read_pair(text, "TOPIC=FILE");
        if (const auto problem = check_topic(topic)) throw ConfigError(*problem);
        std::error_code error;
        if (file != "-" && (!fs::exists(file, error) || fs::is_directory(file, error))) {
          throw ConfigError("no such file: " + (file.empty() ? std::string("''") : file));
        }
        serve.produce.emplace_back(topic, file);
      });
  app.add_flag("--from-start", serve.from_start,
               "Read every topic from its start, in a fresh consumer group");
}

void add_processing_flags(CLI::App& app, ServeOptions& serve) {
  app.option_defaults()->group("Processing");
  app.add_flag("--until-drained", serve.until_drained,
               "End with an exit code when every record is processed");
  add(app, "--timeout", "DURATION", "How long --until-drained may take (default 60s)",
      [&serve](const std::string& text) {
        serve.timeout = read_duration(text, kMillisecond, kDay);
      });
  add_integer(app, "--max-concurrency", "Execution environments of one function (default 10)",
              serve.max_concurrency, {1, kMaxConcurrencyMax});
  add_repeatable(app, "--extension", "FILE",
                 "Extension of every function, beside those of layers (repeatable)",
                 [&serve](const std::string& text) { read_extension(text, serve); });
  add(app, "--retry-backoff", "FIRST..MAX",
      "Waits before retries (default 200ms..10s; aws: 1s..60s)",
      [&serve](const std::string& text) { read_backoff(text, serve); });
  app.add_flag_callback(
      "--strict", [&serve] { serve.strictness = Strictness::Strict; },
      "Refuse what AWS would refuse, though klambda could do it");
}

void add_environment_flags(CLI::App& app, ServeOptions& serve) {
  app.option_defaults()->group("Execution environments");
  auto& environments = serve.environments;
  app.add_flag("--freeze", environments.freeze,
               "Stop a function's processes between invocations, as AWS does");
  add(app, "--cold", "WHEN", "every, first (default) or after=N: invocations of one environment",
      [&environments](const std::string& text) { environments.cold = read_cold(text); });
  app.add_flag("--enforce-memory", environments.enforce_memory,
               "Kill environments that use more than their MemorySize");
  app.add_flag("--debug", environments.debug,
               "No deadline runs out while a debugger holds the function");
}

void add_rehearsal_flags(CLI::App& app, ServeOptions& serve) {
  app.option_defaults()->group("Rehearsal");
  add(app, "--time-scale", "N", "Windows, back-off and record age pass N times as fast",
      [&serve](const std::string& text) { serve.time_scale = read_time_scale(text); });
  add_repeatable(app, "--fault", "FAULT",
                 "What goes wrong, as timeout@orders[2]:100; or @FILE (repeatable)",
                 [&serve](const std::string& text) { read_fault(text, serve); });
  add_integer(app, "--fault-seed", "Seed of faults that strike by chance (default 1)",
              serve.fault_seed, {0, std::numeric_limits<std::int64_t>::max()});
}

void add_program_flags(CLI::App& app, ServeOptions& serve) {
  app.option_defaults()->group("Lambda API and logs");
  add_control_plane(app, serve.host, serve.port, "the Lambda API");
  add_text(app, "--state-dir", "DIR", "Keeps what the Lambda API makes (default: until the end)",
           serve.state_dir);
  add_require_auth(app, serve);
  app.add_flag("--offline", serve.offline, "Never download a runtime interface client");
  add_log_level(app, serve.log_level);
  add_text(app, "--log-dir", "DIR", "A file for each log stream: DIR/<log group>/<log stream>.log",
           serve.environments.log_dir);
  add(app, "--esm-log-level", "LEVEL", "off, warn, info or debug (default: what each mapping says)",
      [&serve](const std::string& text) { serve.esm_log_level = read_esm_log_level(text); });
}

}  // namespace

void add_log_level(CLI::App& app, std::string& target) {
  add(app, "--log-level", "LEVEL", "debug, info (default), warn or error",
      [&target](const std::string& text) {
        if (text != "trace" && text != "debug" && text != "info" && text != "warn" &&
            text != "error") {
          throw ConfigError("it must be debug, info, warn or error");
        }
        target = text;
      });
}

void add_control_plane(CLI::App& app, std::string& host, std::uint16_t& port,
                       const std::string& what) {
  add(app, "--host", "ADDRESS", "Address of " + what + " (default 127.0.0.1)",
      [&host](const std::string& text) {
        if (trim(text).empty())
          throw ConfigError("it must be an address such as 127.0.0.1 or 0.0.0.0");
        host = text;
      });
  add_integer(app, "--port", "Port of " + what + " (default 3001; 0: any free one)", port,
              {0, 65'535});
}

void add_kafka(CLI::App& app, std::string& kafka, bool& allow_remote, const std::string& help) {
  add(app, "--kafka", "WHERE", help, [&kafka](const std::string& text) {
    if (text != kEmbeddedBrokers) parse_brokers(text);
    kafka = text;
  });
  app.add_flag("--allow-remote-brokers", allow_remote,
               "Brokers that are not on this machine are meant");
}

void add_registry(CLI::App& app, RegistryOptions& registries, const std::string& help) {
  auto* registry = add(app, "--registry", "WHERE", help, [&registries](const std::string& text) {
    if (!starts_with(text, "http://") && !starts_with(text, "https://") &&
        !starts_with(text, "arn:aws:glue:"))
      throw ConfigError(
          "it must be http://HOST:PORT, https://HOST:PORT or the ARN of a Glue registry");
    registries.registry = text;
  });
  add_text(app, "--registry-secret", "NAME", "Secret with username and password for --registry",
           registries.secret)
      ->needs(registry);
}

void add_registries(CLI::App& app, RegistryOptions& registries) {
  app.option_defaults()->group("Schema registry");
  add_registry(app, registries,
               "A registry (URL or Glue ARN), not mappings' own; run decodes by it");
  add(app, "--schemas", "DIR", "Schemas from files NAME.ID.avsc, .proto, .json; instead of any",
      [&registries](const std::string& text) {
        std::error_code error;
        if (!fs::is_directory(text, error)) throw ConfigError("there is no such directory");
        registries.schemas = text;
      });
}

void add_serve_flags(CLI::App& app, ServeOptions& serve) {
  add_kafka_flags(app, serve);
  add_access(app, serve.access);
  add_registries(app, serve.registries);
  add_processing_flags(app, serve);
  add_environment_flags(app, serve);
  add_rehearsal_flags(app, serve);
  add_program_flags(app, serve);
}

}  // namespace emulator::command_line
