// `klambda run`: the function and the mapping that a template would have said.
#include <chrono>

#include "emulator/config/flags.h"
#include "emulator/config/rules.h"
#include "emulator/config/text.h"

namespace emulator::command_line {
namespace {

// "3" or "1..10". A number alone is both: so many all the time.
void read_pollers(const std::string& text, MappingRequest& mapping) {
  const auto dots = text.find("..");
  mapping.minimum_pollers = read_integer(text.substr(0, dots));
  mapping.maximum_pollers =
      dots == std::string::npos ? mapping.minimum_pollers : read_integer(text.substr(dots + 2));
  mapping.provisioned = true;
}

// Ranges and contradictions are mapping_rules' to judge. Returns the flags.
std::vector<CLI::Option*> add_batches(CLI::App& app, MappingRequest& mapping) {
  return {
      add_integer(app, "--batch-size", "Records of one invocation at most (default 100)",
                  mapping.batch_size),
      add(app, "--batch-window", "DURATION", "Wait for a batch to fill (default 500ms; 0: at once)",
          [&mapping](const std::string& text) {
            mapping.batch_window_ms = read_duration(text).count();
          }),
      add_text(app, "--starting-position", "WHERE",
               "TRIM_HORIZON (default), LATEST or AT_TIMESTAMP", mapping.starting_position),
      add(app, "--starting-timestamp", "TIME",
          "For AT_TIMESTAMP: epoch seconds or 2026-11-23T10:00:00Z",
          [&mapping](const std::string& text) {
            mapping.starting_timestamp_ms = parse_timestamp_ms(text);
            if (!mapping.starting_timestamp_ms)
              throw ConfigError("it must be epoch seconds or a time as 2026-11-23T10:00:00Z");
          }),
      add_text(app, "--group", "ID", "Consumer group (default: the same at every start)",
               mapping.consumer_group_id),
      add_repeatable(
          app, "--filter", "PATTERN",
          "Only records like this, as {\"value\": {\"id\": [1]}} (repeatable)",
          [&mapping](const std::string& text) { mapping.filter_patterns.push_back(text); }),
      add(app, "--pollers", "MIN[..MAX]", "Provisioned mode: consumers of the topic",
          [&mapping](const std::string& text) { read_pollers(text, mapping); }),
  };
}

std::vector<CLI::Option*> add_failures(CLI::App& app, MappingRequest& mapping) {
  return {
      add_integer(app, "--retries", "Of a failed batch (default: no limit; 10 with --on-failure)",
                  mapping.maximum_retry_attempts),
      add(app, "--max-record-age", "DURATION", "Give up records that are older (default: none)",
          [&mapping](const std::string& text) {
            mapping.maximum_record_age_s = read_whole_seconds(text).count();
          }),
      app.add_flag_callback(
          "--bisect", [&mapping] { mapping.bisect_batch_on_function_error = true; },
          "Halve a failed batch and retry each half"),
      app.add_flag_callback(
          "--report-batch-item-failures",
          [&mapping] { mapping.function_response_types = {"ReportBatchItemFailures"}; },
          "Let the function say which records failed"),
      add_text(app, "--on-failure", "DESTINATION",
               "Given up records go to kafka://TOPIC or an SQS, SNS or S3 ARN",
               mapping.on_failure_destination),
  };
}

void add_mapping(CLI::App& app, RunFlags& flags) {
  auto& mapping = flags.mapping;
  app.option_defaults()->group("Trigger");
  auto* topic = add(app, "--topic", "TOPIC", "Topic whose records trigger it (default: none)",
                    [&mapping](const std::string& text) {
                      if (text.empty()) throw ConfigError("the value is empty");
                      mapping.topics = {text};
                    });
  auto options = add_batches(app, mapping);
  const auto failures = add_failures(app, mapping);
  options.insert(options.end(), failures.begin(), failures.end());
  const auto login = add_login(app, flags.secret, flags.sasl);
  options.insert(options.end(), login.begin(), login.end());
  app.callback([topic, options] {
    if (topic->count() > 0) return;
    for (const auto* option : options) {
      if (option->count() > 0)
        throw ConfigError(option->get_name() + " needs --topic: without one nothing is polled");
    }
  });
}

}  // namespace

CLI::App* add_run(CLI::App& app, RunFlags& flags, ServeOptions& serve) {
  auto* command = app.add_subcommand("run", "Run one handler on a topic, without a template");
  command->option_defaults()->group("Function");
  add_text(*command, "--handler", "HANDLER", "FILE.FUNCTION, for instance app.handler",
           flags.handler);
  add_text(*command, "--code", "DIR", "Directory of the handler (default: this one)", flags.code);
  add_text(*command, "--runtime", "RUNTIME",
           "python3.12, nodejs22.x, … (default: by the handler's file)", flags.runtime);
  add(*command, "--command", "WORDS", "Start the function's process with this command line instead",
      [&flags](const std::string& text) {
        const auto words = split_words(text);
        if (!words) throw ConfigError("a quote is not closed");
        if (words->empty() || words->front().empty()) throw ConfigError("it names no program");
        flags.command = *words;
      });
  add_text(*command, "--name", "NAME", "Name of the function (default: the code directory's)",
           flags.name);
  add_repeatable(*command, "--env", "NAME=VALUE",
                 "Variable of the function's environment (repeatable)",
                 [&flags](const std::string& text) {
                   auto [name, value] = read_pair(text, "NAME=VALUE");
                   flags.environment[name] = value;
                 });
  add(*command, "--function-timeout", "DURATION",
      "Limit of one invocation, 1s to 900s (default 3s)", [&flags](const std::string& text) {
        read_duration(text, std::chrono::seconds(kTimeoutSeconds.min),
                      std::chrono::seconds(kTimeoutSeconds.max));
        flags.function_timeout = read_whole_seconds(text);
      });
  add_integer(*command, "--memory", "Memory in MB, as the function sees it (default 128)",
              flags.memory_mb, kMemoryMb);
  add_integer(*command, "--reserved-concurrency",
              "Invocations at a time, more are throttled (default: no limit)",
              flags.reserved_concurrency);
  add_mapping(*command, flags);
  add_serve_flags(*command, serve);
  command->footer(std::string("Example: klambda run --topic orders --handler app.handler --kafka "
                              "localhost:9092 --env STAGE=dev") +
                  kAttachHelp);
  return command;
}

}  // namespace emulator::command_line
