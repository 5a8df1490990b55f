#include "emulator/config/options.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "emulator/config/brokers.h"
#include "emulator/config/flags.h"
#include "emulator/config/rules.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;
constexpr int kWrongUsage = 2;

const char* const kExamples = R"(Examples:
  klambda start                               functions and Kafka triggers of ./template.yaml
  klambda start --kafka embedded              the same on a Kafka inside klambda
  klambda run --topic orders --handler app.handler --kafka localhost:9092
                                              ./app.py on topic orders of your Kafka, no template
  echo '{"id": 1}' | klambda produce orders   a record for the klambda that is running
  klambda invoke my-function --payload '{}'   call a function by hand
  klambda status                              functions, mappings, how far behind they are
  klambda logs -f my-function                 what a function prints
  AWS_LAMBDA_RUNTIME_API=127.0.0.1:3001/my-function python3 -m awslambdaric app.handler
                                              a process of your own (in an IDE, under a debugger)
                                              serves the function of the klambda that is running
  klambda doctor --kafka localhost:9092       why triggers would not work: brokers, logins, code
  klambda start --kafka embedded --produce orders=orders.jsonl --until-drained
                                              for CI: ends with an exit code when all is processed

Exit codes: 0 done, 1 records given up or invocation failed, 2 wrong usage or configuration,
3 not finished in time, 4 Kafka unreachable, 130 interrupted. Each command has its own --help.)";

// The stack in a directory that `cdk synth` wrote; empty: it is no such directory.
fs::path find_stack(const fs::path& directory) {
  std::vector<std::string> stacks;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    auto name = entry.path().filename().string();
    if (name.ends_with(".template.json")) stacks.push_back(std::move(name));
  }
  std::sort(stacks.begin(), stacks.end());
  if (stacks.size() > 1)
    throw ConfigError(directory.string() + " has several stacks, name one: " + join(stacks, ", "));
  return stacks.empty() ? fs::path() : directory / stacks.front();
}

// A directory stands for the template in it; nothing at all for the one in this directory, if there
// is one.
fs::path find_template(const fs::path& given) {
  std::error_code error;
  if (!given.empty() && !fs::is_directory(given, error)) return given;
  for (const auto* name : {"template.yaml", "template.yml"}) {
    if (fs::exists(given / name, error)) return given / name;
  }
  if (given.empty()) return {};
  const auto stack = find_stack(given);
  return stack.empty() ? given / "template.yaml" : stack;
}

std::string checked_brokers(const std::string& kafka, bool allow_remote) {
  if (kafka.empty()) return {};
  return chosen_by_flag("--kafka", kafka,
                        allow_remote ? RemoteBrokers::Allowed : RemoteBrokers::Refused);
}

ConfigError without_template(const std::string& flag) {
  return ConfigError(flag + " needs a template, and there is no template.yaml in this directory");
}

// What the commands' flags fill while CLI11 parses; `add_…` bind to its members, so it stays
// where it is.
struct Table {
  StartCommand start;
  std::string template_file;
  RunCommand run;
  RunFlags run_flags;
  ProduceCommand produce;
  InvokeCommand invoke;
  StatusCommand status;
  BatchesCommand batches;
  LogsCommand logs;
  RieCommand rie;
  DoctorCommand doctor;
  std::string examined_template;
};

CLI::App* add_start(CLI::App& app, Table& table) {
  auto* command = app.add_subcommand(
      "start", "Run the functions and Kafka triggers of a SAM or CloudFormation template");
  command_line::add_template(*command, table.template_file, table.start.parameters);
  command_line::add_serve_flags(*command, table.start.serve);
  const std::string example = "Example: klambda start --kafka localhost:9092 --parameter Stage=dev";
  command->footer(example + command_line::kAttachHelp);
  return command;
}

DoctorCommand finish_doctor(Table& table) {
  auto& doctor = table.doctor;
  doctor.template_file = find_template(table.examined_template);
  doctor.kafka = checked_brokers(doctor.kafka, doctor.allow_remote_brokers);
  if (!doctor.template_file.empty()) return doctor;
  if (!doctor.parameters.empty()) throw without_template("--parameter");
  if (doctor.kafka.empty() || doctor.kafka == kEmbeddedBrokers) {
    throw ConfigError(
        "there is no template.yaml in this directory: name a template, or brokers with --kafka "
        "HOST:PORT");
  }
  return doctor;
}

// From here on everything was parsed: what needs several flags at once is checked, and the command
// is complete.
// `run` has no other word for a SchemaRegistryConfig than the flags that name the registry.
void decode_values(RunCommand& run) {
  const auto& registries = run.serve.registries;
  if (registries.registry.empty() && registries.schemas.empty()) return;
  for (auto& mapping : run.application.mappings) {
    if (run.serve.strictness == Strictness::Strict && !mapping.provisioned)
      throw ConfigError(
          "--strict: a schema registry is only for provisioned mode: add --pollers MIN..MAX");
    auto& registry = mapping.schema_registry.emplace();
    registry.uri = registries.registry;
    registry.validates_value = true;
  }
}

Command finish(Table& table, const std::string& name) {
  if (name == "start") {
    auto& start = table.start;
    start.template_file = find_template(table.template_file);
    start.serve.kafka = checked_brokers(start.serve.kafka, start.serve.allow_remote_brokers);
    if (!start.template_file.empty()) return start;
    for (const auto& [flag, is_given] : {std::pair{"--until-drained", start.serve.until_drained},
                                         {"--parameter", !start.parameters.empty()}}) {
      if (is_given) throw without_template(flag);
    }
    return start;
  }
  if (name == "run") {
    auto& run = table.run;
    run.serve.kafka = checked_brokers(run.serve.kafka, run.serve.allow_remote_brokers);
    if (run.serve.until_drained && table.run_flags.mapping.topics.empty()) {
      throw ConfigError("--until-drained needs --topic: without one there is nothing to drain");
    }
    run.application = make_run_application(table.run_flags, run.serve.strictness);
    decode_values(run);
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
  if (name == "doctor") return finish_doctor(table);
  if (name == "status") return table.status;
  if (name == "batches") return table.batches;
  if (name == "logs") return table.logs;
  if (name == "rie") return table.rie;
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
  app.get_formatter()->column_width(34);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", "klambda " + version, "Print the version and exit");

  Table table;
  for (auto* command :
       {add_start(app, table), command_line::add_run(app, table.run_flags, table.run.serve),
        command_line::add_produce(app, table.produce), command_line::add_invoke(app, table.invoke),
        command_line::add_status(app, table.status), command_line::add_batches(app, table.batches),
        command_line::add_logs(app, table.logs), command_line::add_rie(app, table.rie),
        command_line::add_doctor(app, table.doctor, table.examined_template)}) {
    command->option_defaults()->group("Options");
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
