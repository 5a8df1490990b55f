// `klambda run`: the function and the mapping that a template would have said.
#include <chrono>

#include "emulator/config/flags.h"
#include "emulator/config/rules.h"
#include "emulator/config/text.h"

namespace emulator::command_line {
namespace {

void add_run_mapping(CLI::App& command, RunFlags& flags) {
  add_text(command, "--topic", "TOPIC", "Topic whose records trigger it (default: none)",
           flags.topic);
  add_integer(command, "--batch-size", "Records of one invocation at most (default 100)",
              flags.batch_size, kBatchSize);
  add(command, "--batch-window", "DURATION", "Wait for a batch to fill (default 500ms; 0: at once)",
      [&flags](const std::string& text) {
        flags.batch_window = read_duration(text, std::chrono::milliseconds(0),
                                           std::chrono::seconds(kBatchWindowSecondsMax));
      });
  add_text(command, "--starting-position", "WHERE",
           "TRIM_HORIZON (default), LATEST or AT_TIMESTAMP", flags.starting_position);
  add(command, "--starting-timestamp", "TIME",
      "For AT_TIMESTAMP: epoch seconds or 2026-11-23T10:00:00Z", [&flags](const std::string& text) {
        flags.starting_timestamp_ms = parse_timestamp_ms(text);
        if (!flags.starting_timestamp_ms)
          throw ConfigError("it must be epoch seconds or a time as 2026-11-23T10:00:00Z");
      });
  add_text(command, "--group", "ID", "Consumer group (default: the same at every start)",
           flags.group);
  add_integer(command, "--pollers", "Consumers of the topic (default 1)", flags.pollers,
              kMinimumPollers);
}

}  // namespace

CLI::App* add_run(CLI::App& app, RunFlags& flags, ServeOptions& serve) {
  auto* command = app.add_subcommand("run", "Run one handler on a topic, without a template");
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
        const auto limit = read_duration(text, std::chrono::seconds(kTimeoutSeconds.min),
                                         std::chrono::seconds(kTimeoutSeconds.max));
        if (limit.count() % 1'000 != 0) throw ConfigError("it must be whole seconds");
        flags.function_timeout = std::chrono::duration_cast<std::chrono::seconds>(limit);
      });
  add_integer(*command, "--memory", "Memory in MB, as the function sees it (default 128)",
              flags.memory_mb, kMemoryMb);
  add_run_mapping(*command, flags);
  add_serve_flags(*command, serve);
  command->footer(
      "Example: klambda run --topic orders --handler app.handler --kafka localhost:9092 --env "
      "STAGE=dev");
  return command;
}

}  // namespace emulator::command_line
