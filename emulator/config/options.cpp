#include "emulator/config/options.h"

#include <iostream>
#include <optional>
#include <system_error>
#include <utility>

#include "emulator/config/brokers.h"
#include "emulator/config/command_line.h"
#include "emulator/config/rules.h"
#include "emulator/config/run_command.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;
using command_line::add;
using command_line::add_integer;
using command_line::add_repeatable;
using command_line::add_text;
using command_line::read_duration;
using command_line::read_pair;
using std::chrono::milliseconds;

constexpr int kWrongUsage = 2;
constexpr milliseconds kMillisecond{1};
constexpr milliseconds kHour{3'600'000};
constexpr milliseconds kDay{24 * kHour};
constexpr int kEmbeddedPartitionsMax = 1'000;
// An AWS account's own: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
constexpr int kMaxConcurrencyMax = 1'000;

const char* const kExamples = R"(Examples:
  klambda start                               functions and Kafka triggers of ./template.yaml
  klambda start --kafka embedded              the same on a Kafka inside klambda
  klambda run --topic orders --handler app.handler --kafka localhost:9092
                                              ./app.py on topic orders of your Kafka, no template
  echo '{"id": 1}' | klambda produce orders   a record for the klambda that is running
  klambda invoke my-function --payload '{}'   call a function by hand
  klambda start --kafka embedded --produce orders=orders.jsonl --until-drained
                                              for CI: ends with an exit code when all is processed

Exit codes: 0 done, 1 records given up or invocation failed, 2 wrong usage or configuration,
3 not finished in time, 4 Kafka unreachable, 130 interrupted. Each command has its own --help.)";

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

void add_serve_options(CLI::App& app, ServeOptions& serve) {
  add_kafka(app, serve.kafka, serve.allow_remote_brokers,
            "'embedded', or HOST:PORT[,...] of yours; overrides every mapping's own brokers");
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
  app.add_flag("--until-drained", serve.until_drained,
               "End with an exit code when every record is processed");
  add(app, "--timeout", "DURATION", "How long --until-drained may take (default 60s)",
      [&serve](const std::string& text) {
        serve.timeout = read_duration(text, kMillisecond, kDay);
      });
  add_integer(app, "--max-concurrency", "Execution environments of one function (default 10)",
              serve.max_concurrency, {1, kMaxConcurrencyMax});
  add(app, "--retry-backoff", "FIRST..MAX",
      "Waits between tries of a failed batch (default 200ms..10s)",
      [&serve](const std::string& text) {
        const auto dots = text.find("..");
        const std::string_view all(text);
        const auto first = read_duration(all.substr(0, dots), kMillisecond, kHour);
        const auto max = dots == std::string::npos
                             ? first
                             : read_duration(all.substr(dots + 2), kMillisecond, kHour);
        if (first > max)
          throw ConfigError("the first wait must not be longer than the last: write 200ms..10s");
        serve.retry_backoff_first = first;
        serve.retry_backoff_max = max;
      });
  add_control_plane(app, serve.host, serve.port, "the Lambda API");
  app.add_flag("--offline", serve.offline, "Never download a runtime interface client");
  add_log_level(app, serve.log_level);
}

// A directory stands for the template in it; nothing at all for the one in this directory.
fs::path find_template(const fs::path& given) {
  std::error_code error;
  if (!given.empty() && !fs::is_directory(given, error)) return given;
  if (fs::exists(given / "template.yaml", error) || !fs::exists(given / "template.yml", error)) {
    return given / "template.yaml";
  }
  return given / "template.yml";
}

std::string checked_brokers(const std::string& kafka, bool allow_remote) {
  if (kafka.empty()) return {};
  return chosen_by_flag("--kafka", kafka,
                        allow_remote ? RemoteBrokers::Allowed : RemoteBrokers::Refused);
}

// What the four commands' flags fill while CLI11 parses; `add_…` bind to its members, so it stays
// where it is.
struct Table {
  StartCommand start;
  std::string template_file;
  RunCommand run;
  RunFlags run_flags;
  ProduceCommand produce;
  InvokeCommand invoke;
};

CLI::App* add_start(CLI::App& app, Table& table) {
  auto* command =
      app.add_subcommand("start", "Run the functions and Kafka triggers of a SAM template");
  command->add_option("TEMPLATE", table.template_file,
                      "SAM template, or a directory with one (default template.yaml)");
  add_repeatable(*command, "--parameter", "NAME=VALUE",
                 "Value of a template parameter (repeatable)", [&table](const std::string& text) {
                   auto [name, value] = read_pair(text, "NAME=VALUE");
                   table.start.parameters[name] = value;
                 });
  add_serve_options(*command, table.start.serve);
  command->footer("Example: klambda start --kafka localhost:9092 --parameter Stage=dev");
  return command;
}

void add_run_mapping(CLI::App& command, RunFlags& flags) {
  add_text(command, "--topic", "TOPIC",
           "Topic whose records trigger it; without it only the Lambda API does", flags.topic);
  add_integer(command, "--batch-size", "Records of one invocation at most (default 100)",
              flags.batch_size, kBatchSize);
  add(command, "--batch-window", "DURATION", "Wait for a batch to fill (default 500ms; 0: at once)",
      [&flags](const std::string& text) {
        flags.batch_window =
            read_duration(text, milliseconds(0), std::chrono::seconds(kBatchWindowSecondsMax));
      });
  add_text(command, "--starting-position", "WHERE",
           "TRIM_HORIZON (default), LATEST or AT_TIMESTAMP", flags.starting_position);
  add(command, "--starting-timestamp", "TIME",
      "For AT_TIMESTAMP: epoch seconds or 2026-11-23T10:00:00Z", [&flags](const std::string& text) {
        flags.starting_timestamp_ms = parse_timestamp_ms(text);
        if (!flags.starting_timestamp_ms)
          throw ConfigError("it must be epoch seconds or a time as 2026-11-23T10:00:00Z");
      });
  add_text(command, "--group", "ID",
           "Consumer group (default: one of klambda's own, the same at every start)", flags.group);
  add_integer(command, "--pollers", "Consumers of the topic (default 1)", flags.pollers,
              kMinimumPollers);
}

CLI::App* add_run(CLI::App& app, Table& table) {
  auto* command = app.add_subcommand("run", "Run one handler on a topic, without a template");
  auto& flags = table.run_flags;
  add_text(*command, "--handler", "HANDLER", "FILE.FUNCTION, for instance app.handler",
           flags.handler);
  add_text(*command, "--code", "DIR", "Directory of the handler (default: this one)", flags.code);
  add_text(*command, "--runtime", "RUNTIME",
           "python3.12, nodejs22.x, provided, … (default: by the handler's file)", flags.runtime);
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
  add_serve_options(*command, table.run.serve);
  command->footer(
      "Example: klambda run --topic orders --handler app.handler --kafka localhost:9092 --env "
      "STAGE=dev");
  return command;
}

CLI::App* add_produce(CLI::App& app, Table& table) {
  auto* command = app.add_subcommand("produce", "Produce records to a topic");
  auto& produce = table.produce;
  command->add_option("TOPIC", produce.topic, "Topic of the records")->required();
  auto* value = add(*command, "--value", "TEXT", "One record with this value",
                    [&produce](const std::string& text) { produce.value = text; });
  add_text(*command, "--input", "FILE", "File with a record a line (default -: standard input)",
           produce.input)
      ->excludes(value);
  auto* key = add(*command, "--key", "TEXT", "Key of the records",
                  [&produce](const std::string& text) { produce.key = text; });
  add(*command, "--key-separator", "TEXT", "Lines are key, this text, value",
      [&produce](const std::string& text) {
        if (text.empty()) throw ConfigError("it must not be empty: for instance --key-separator :");
        produce.key_separator = text;
      })
      ->excludes(key)
      ->excludes(value);
  add_repeatable(*command, "--header", "NAME=VALUE", "Header of the records (repeatable)",
                 [&produce](const std::string& text) {
                   produce.headers.push_back(read_pair(text, "NAME=VALUE"));
                 });
  add(*command, "--partition", "N", "Partition of the records (default: by key, else spread)",
      [&produce](const std::string& text) {
        const auto partition = parse_integer(text);
        if (!partition || *partition < 0 || *partition > 1'000'000)
          throw ConfigError("it must be a partition's number");
        produce.partition = static_cast<std::int32_t>(*partition);
      });
  add_kafka(*command, produce.kafka, produce.allow_remote_brokers,
            "HOST:PORT[,...] (default: the Kafka of the klambda at --host and --port)");
  add_control_plane(*command, produce.host, produce.port, "the running klambda");
  add_log_level(*command, produce.log_level);
  command->footer("Example: klambda produce orders --key-separator : < orders.txt");
  return command;
}

CLI::App* add_invoke(CLI::App& app, Table& table) {
  auto* command = app.add_subcommand("invoke", "Invoke a function of the running klambda");
  auto& invoke = table.invoke;
  command->add_option("FUNCTION", invoke.function, "Name or ARN of the function")->required();
  auto* payload = add(*command, "--payload", "JSON", "The event (default {})",
                      [&invoke](const std::string& text) { invoke.payload = text; });
  add_text(*command, "--payload-file", "FILE", "File with the event; -: standard input",
           invoke.payload_file)
      ->excludes(payload);
  add_control_plane(*command, invoke.host, invoke.port, "the running klambda");
  add_log_level(*command, invoke.log_level);
  command->footer("Example: klambda invoke orders --payload '{\"id\": 1}'");
  return command;
}

// From here on everything was parsed: what needs several flags at once is checked, and the command
// is complete.
Command finish(Table& table, const std::string& name) {
  if (name == "start") {
    auto& start = table.start;
    start.template_file = find_template(table.template_file);
    start.serve.kafka = checked_brokers(start.serve.kafka, start.serve.allow_remote_brokers);
    return start;
  }
  if (name == "run") {
    auto& run = table.run;
    run.serve.kafka = checked_brokers(run.serve.kafka, run.serve.allow_remote_brokers);
    if (run.serve.until_drained && table.run_flags.topic.empty()) {
      throw ConfigError("--until-drained needs --topic: without one there is nothing to drain");
    }
    run.application = make_run_application(table.run_flags);
    return run;
  }
  if (name == "produce") {
    auto& produce = table.produce;
    if (const auto problem = check_topic(produce.topic))
      throw ConfigError("topic " + produce.topic + ": " + *problem);
    if (produce.kafka == kEmbeddedBrokers) {
      throw ConfigError(
          "--kafka embedded: leave it out to produce to the Kafka of the klambda that is running");
    }
    produce.kafka = checked_brokers(produce.kafka, produce.allow_remote_brokers);
    return produce;
  }
  return table.invoke;
}

std::vector<std::string> long_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string unexpected(const CLI::App& app, const CLI::App& command) {
  const auto extras = command.remaining(true);
  const std::string extra = extras.empty() ? std::string() : extras.front();
  if (starts_with(extra, "-")) {
    const auto flag = extra.substr(0, extra.find('='));
    return "unknown flag " + flag + did_you_mean(flag, long_names(command));
  }
  if (&app != &command) return "unexpected argument " + extra;
  std::vector<std::string> names;
  for (const auto* subcommand : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(subcommand->get_name());
  }
  return "unknown command " + extra + did_you_mean(extra, names);
}

int wrong_usage(const std::string& command, const std::string& what) {
  std::cerr << command << ": " << what << '\n';
  return kWrongUsage;
}

}  // namespace

std::variant<Command, int> parse_command_line(int argc, const char* const* argv,
                                              const std::string& version) {
  CLI::App app("Runs Lambda functions with Kafka triggers on this machine, without AWS.",
               "klambda");
  app.footer(kExamples);
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(36);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", "klambda " + version, "Print the version and exit");

  Table table;
  for (auto* command : {add_start(app, table), add_run(app, table), add_produce(app, table),
                        add_invoke(app, table)}) {
    command->set_version_flag("--version", "klambda " + version, "Print the version and exit");
  }

  const auto current = [&app]() -> const CLI::App& {
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? app : *chosen.front();
  };
  const auto command_name = [&] {
    return &current() == &app ? std::string("klambda") : "klambda " + current().get_name();
  };
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) {
      std::cout << app.help();
      return 0;
    }
    return finish(table, current().get_name());
  } catch (const CLI::Success& success) {
    return app.exit(success, std::cout, std::cerr);
  } catch (const CLI::ExtrasError&) {
    return wrong_usage(command_name(),
                       unexpected(app, current()) + " (see " + command_name() + " --help)");
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();
    const std::string flag = what.substr(0, what.find(':'));
    const bool missing =
        what.find("missing") != std::string::npos || what.find("At Least") != std::string::npos;
    return wrong_usage(command_name(),
                       flag + (missing ? " needs a value" : " is given more than once") + " (see " +
                           command_name() + " --help)");
  } catch (const CLI::ParseError& error) {
    return wrong_usage(command_name(),
                       std::string(error.what()) + " (see " + command_name() + " --help)");
  } catch (const ConfigError& error) {
    return wrong_usage(command_name(), error.what());
  }
}

}  // namespace emulator
