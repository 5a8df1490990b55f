// What the clients of a running klambda take: `klambda produce`, `invoke`, `status`, `batches`,
// `logs`.
#include "emulator/config/flags.h"
#include "emulator/config/text.h"

namespace emulator::command_line {
namespace {

void add_schemas(CLI::App& app, ProduceCommand& produce) {
  app.option_defaults()->group("Schema registry");
  auto* schema =
      add_text(app, "--schema", "SCHEMA",
               "Values are JSON, written by this: FILE or SUBJECT[:VERSION]", produce.schema);
  auto* key_schema =
      add_text(app, "--key-schema", "SCHEMA", "The same for the keys", produce.key_schema);
  add_registry(app, produce.registries,
               "Address or Glue ARN of the registry (default: ids in file names)");
  auto* adds = app.add_flag("--register", produce.register_schemas,
                            "Add a file's schema to the registry, unless it is there");
  auto* subject =
      add_text(app, "--subject", "NAME",
               "Of a file's schema (default: TOPIC-value; with Glue: TOPIC)", produce.subject);
  auto* message =
      add_text(app, "--message", "NAME", "Which message of a Protobuf schema (default: its first)",
               produce.message);
  app.callback([schema, key_schema, adds, subject, message] {
    for (const auto* option : {subject, message}) {
      if (option->count() > 0 && schema->count() == 0)
        throw ConfigError(option->get_name() + " needs --schema");
    }
    if (adds->count() > 0 && schema->count() == 0 && key_schema->count() == 0)
      throw ConfigError("--register needs --schema or --key-schema");
  });
}

}  // namespace

CLI::App* add_produce(CLI::App& app, ProduceCommand& produce) {
  auto* command = app.add_subcommand("produce", "Produce records to a topic");
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
            "HOST:PORT[,...] (default: the running klambda's)");
  add_access(*command, produce);
  command->option_defaults()->group("Options");
  add_control_plane(*command, produce.host, produce.port, "the running klambda");
  add_log_level(*command, produce.log_level);
  add_schemas(*command, produce);
  command->footer(
      "Examples:\n"
      "  klambda produce orders --key-separator : < orders.txt\n"
      "  klambda produce orders --schema order.avsc --registry http://localhost:8081 < o.jsonl");
  return command;
}

CLI::App* add_invoke(CLI::App& app, InvokeCommand& invoke) {
  auto* command = app.add_subcommand("invoke", "Invoke a function of the running klambda");
  command->add_option("FUNCTION", invoke.function, "Name or ARN of the function")->required();
  auto* payload = add(*command, "--payload", "JSON", "The event (default {})",
                      [&invoke](const std::string& text) { invoke.payload = text; });
  add_text(*command, "--payload-file", "FILE", "File with the event; -: standard input",
           invoke.payload_file)
      ->excludes(payload);
  add_text(*command, "--qualifier", "NAME", "A version or an alias (default $LATEST)",
           invoke.qualifier);
  auto* event = command->add_flag("--event", invoke.event,
                                  "Asynchronously, with retries; prints the request's id");
  command->add_flag("--log", invoke.log, "The end of the invocation's log on standard error")
      ->excludes(event);
  add_control_plane(*command, invoke.host, invoke.port, "the running klambda");
  add_log_level(*command, invoke.log_level);
  command->footer("Example: klambda invoke orders --payload '{\"id\": 1}'");
  return command;
}

CLI::App* add_status(CLI::App& app, StatusCommand& status) {
  auto* command = app.add_subcommand("status", "Show what the running klambda has and does");
  add_output(*command, status.output);
  add_control_plane(*command, status.host, status.port, "the running klambda");
  add_log_level(*command, status.log_level);
  command->footer("Example: klambda status --output json");
  return command;
}

CLI::App* add_batches(CLI::App& app, BatchesCommand& batches) {
  auto* command =
      app.add_subcommand("batches", "Show the batches under way and the latest ones that ended");
  add_text(*command, "--function", "NAME", "Of this function", batches.function);
  add_text(*command, "--mapping", "NAME", "Of the mapping of this name or UUID", batches.mapping);
  add_text(*command, "--state", "STATE", "running, waiting, failed, succeeded, split, dropped, ...",
           batches.state);
  add_output(*command, batches.output);
  add_control_plane(*command, batches.host, batches.port, "the running klambda");
  add_log_level(*command, batches.log_level);
  command->footer(
      "States: running, waiting, failed (on its way to the destination); succeeded, split,\n"
      "delivered, dropped, uncommitted.\n"
      "Example: klambda batches --function orders --state waiting");
  return command;
}

CLI::App* add_logs(CLI::App& app, LogsCommand& logs) {
  auto* command =
      app.add_subcommand("logs", "Show the end of a function's log, of all its environments");
  command->add_option("FUNCTION", logs.function, "Name or ARN of the function")->required();
  command->add_flag("-f,--follow", logs.follow, "And what comes, until Ctrl-C or klambda's end");
  add_control_plane(*command, logs.host, logs.port, "the running klambda");
  add_log_level(*command, logs.log_level);
  command->footer(
      "The last MiB is kept. Files for each log stream: klambda start --log-dir DIR.\n"
      "Example: klambda logs -f orders");
  return command;
}

}  // namespace emulator::command_line
