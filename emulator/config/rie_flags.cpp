// `klambda rie`: the flags of aws-lambda-rie (its internal/lambda/rie/run.go).
#include "emulator/config/flags.h"

namespace emulator::command_line {

CLI::App* add_rie(CLI::App& app, RieCommand& rie) {
  auto* command = app.add_subcommand(
      "rie", "Stand in for aws-lambda-rie: one function behind an image's entry point");
  // What is no flag of ours begins the command, whatever it looks like.
  command->prefix_command();
  add_text(*command, "--runtime-interface-emulator-address", "HOST:PORT",
           "Where invocations come in (default 0.0.0.0:8080 in a container, else 127.0.0.1:8080)",
           rie.address);
  add_text(*command, "--runtime-api-address", "HOST:PORT",
           "Where the first environment's Runtime API listens (default 127.0.0.1:9001)",
           rie.runtime_api_address);
  add_text(*command, "--log-level", "LEVEL", "debug, info, warn, error (default $LOG_LEVEL, info)",
           rie.log_level);
  command->add_flag_callback(
      "--enable-init-caching", [] {}, "Taken, and without effect");
  command->callback([command, &rie] { rie.command = command->remaining(); });
  command->footer(
      "Behind the options: [BOOTSTRAP [ARGUMENT...] [HANDLER]], the program to start.\n"
      "Without it: /var/task/bootstrap, /opt/bootstrap, /var/runtime/bootstrap.\n"
      "Of the environment: AWS_LAMBDA_FUNCTION_NAME, _VERSION, _HANDLER, _TIMEOUT (300 s),\n"
      "_MEMORY_SIZE; the function gets all of it. A klambda that is called aws-lambda-rie is this\n"
      "command. Several calls run at the same time, each in an environment of its own.\n"
      "Example: klambda rie python3 -m awslambdaric app.handler\n"
      "  curl localhost:8080/2015-03-31/functions/function/invocations -d '{}'");
  return command;
}

}  // namespace emulator::command_line
