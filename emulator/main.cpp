// klambda: parse, validate, run, and turn whatever happened into an exit code and at most one line.
#include <exception>
#include <iostream>
#include <string>
#include <variant>

#include "emulator/app.h"
#include "emulator/config/options.h"
#include "emulator/config/template.h"
#include "emulator/control/client.h"
#include "emulator/events.h"
#include "emulator/function/watchdog.h"
#include "emulator/observe/log.h"
#include "emulator/produce.h"

namespace {

using namespace emulator;

int serve(Application application, const ServeOptions& options) {
  // Before any thread: the watchdog is a fork, and it must know no more than the pipe that tells it
  // of our end.
  Watchdog::start();
  MainEvents events;
  App app(std::move(application), options, events, KLAMBDA_VERSION);
  return app.run();
}

struct Execute {
  int operator()(const StartCommand& command) const {
    log::initialise(command.serve.log_level, log::Colour::Auto);
    return serve(read_template(command.template_file, command.parameters, command.serve.strictness),
                 command.serve);
  }
  int operator()(const RunCommand& command) const {
    log::initialise(command.serve.log_level, log::Colour::Auto);
    return serve(command.application, command.serve);
  }
  int operator()(const ProduceCommand& command) const {
    log::initialise(command.log_level, log::Colour::Auto);
    return run_produce(command);
  }
  int operator()(const InvokeCommand& command) const {
    log::initialise(command.log_level, log::Colour::Auto);
    return run_invoke(command);
  }
};

int run(int argc, const char* const* argv) {
  try {
    const auto parsed = parse_command_line(argc, argv, KLAMBDA_VERSION);
    if (const auto* exit_code = std::get_if<int>(&parsed)) return *exit_code;
    return std::visit(Execute{}, std::get<Command>(parsed));
  } catch (const ConfigError& error) {
    std::cerr << "klambda: " << error.what() << '\n';
    return kExitWrongUsage;
  } catch (const Unreachable& error) {
    std::cerr << "klambda: " << error.what() << '\n';
    return kExitUnreachable;
  } catch (const std::exception& error) {
    std::cerr << "klambda: " << error.what() << '\n';
    return kExitWrongUsage;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int exit_code = run(argc, argv);
  emulator::Watchdog::stop();
  emulator::log::shutdown();
  return exit_code;
}
