// `klambda produce` and `klambda invoke`: what the clients of a running klambda take.
#include "emulator/config/flags.h"
#include "emulator/config/text.h"

namespace emulator::command_line {

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
  add_control_plane(*command, produce.host, produce.port, "the running klambda");
  add_log_level(*command, produce.log_level);
  command->footer("Example: klambda produce orders --key-separator : < orders.txt");
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
  add_control_plane(*command, invoke.host, invoke.port, "the running klambda");
  add_log_level(*command, invoke.log_level);
  command->footer("Example: klambda invoke orders --payload '{\"id\": 1}'");
  return command;
}

}  // namespace emulator::command_line
