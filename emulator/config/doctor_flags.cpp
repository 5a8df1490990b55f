// What `klambda doctor` takes, and what it shares with other commands.
#include "emulator/config/flags.h"

namespace emulator::command_line {

void add_output(CLI::App& app, OutputFormat& output) {
  add(app, "--output", "FORMAT", "text (default) or json", [&output](const std::string& text) {
    if (text != "text" && text != "json") throw ConfigError("it must be text or json");
    output = text == "json" ? OutputFormat::AsJson : OutputFormat::Text;
  });
}

void add_template(CLI::App& app, std::string& template_file,
                  std::map<std::string, std::string>& parameters) {
  app.add_option("TEMPLATE", template_file,
                 "SAM or CloudFormation template, or directory with one\n(default template.yaml, "
                 "if any)");
  add_repeatable(app, "--parameter", "NAME=VALUE", "Value of a template parameter (repeatable)",
                 [&parameters](const std::string& text) {
                   auto [name, value] = read_pair(text, "NAME=VALUE");
                   parameters[name] = value;
                 });
}

CLI::App* add_doctor(CLI::App& app, DoctorCommand& doctor, std::string& template_file) {
  auto* command =
      app.add_subcommand("doctor", "Find out why a template's triggers would not work here");
  add_template(*command, template_file, doctor.parameters);
  add_output(*command, doctor.output);
  add_log_level(*command, doctor.log_level);
  command->option_defaults()->group("Kafka");
  add_kafka(*command, doctor.kafka, doctor.allow_remote_brokers,
            "HOST:PORT[,...]; instead of each mapping's own");
  add_access(*command, doctor.access);
  add_registries(*command, doctor.registries);
  command->footer(
      "Looks at each trigger's function, brokers, logins, topic, rights and registry; consumes\n"
      "nothing. Without a template, at the brokers alone. Exit codes: 0 all is well, 1 something "
      "is\n"
      "not, 2 wrong usage.\n"
      "Example: klambda doctor --kafka localhost:9092");
  return command;
}

}  // namespace emulator::command_line
