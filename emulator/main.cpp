// klambda: parse, validate, run, and turn whatever happened into an exit code and at most one line.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "emulator/app.h"
#include "emulator/config/host_name.h"
#include "emulator/config/options.h"
#include "emulator/config/template.h"
#include "emulator/control/client.h"
#include "emulator/control/logs_client.h"
#include "emulator/control/status_client.h"
#include "emulator/events.h"
#include "emulator/function/watchdog.h"
#include "emulator/kafka/consumer.h"
#include "emulator/observe/log.h"
#include "emulator/produce.h"
#include "emulator/rie.h"
#include "emulator/run_doctor.h"

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

Application application_of(const StartCommand& command) {
  if (!command.template_file.empty())
    return read_template(command.template_file, command.parameters, command.serve.strictness,
                         local_url(command.serve.host, command.serve.port));
  Application application;
  application.directory = std::filesystem::current_path();
  log::info("no template in {}: functions and their triggers come from the Lambda API",
            application.directory.string());
  return application;
}

struct Execute {
  int operator()(const StartCommand& command) const {
    log::initialise(command.serve.log_level, log::Colour::Auto);
    return serve(application_of(command), command.serve);
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
  int operator()(const StatusCommand& command) const {
    log::initialise(command.log_level, log::Colour::Auto);
    return run_status(command);
  }
  int operator()(const BatchesCommand& command) const {
    log::initialise(command.log_level, log::Colour::Auto);
    return run_batches(command);
  }
  int operator()(const LogsCommand& command) const {
    log::initialise(command.log_level, log::Colour::Auto);
    return run_logs(command);
  }
  int operator()(const RieCommand& command) const {
    Watchdog::start();  // before any thread
    MainEvents events;
    return run_rie(command, events);
  }
  int operator()(const DoctorCommand& command) const {
    log::initialise(command.log_level, log::Colour::Auto);
    return run_doctor(command);
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
  } catch (const SourceProblemError& error) {
    std::cerr << "klambda: " << error.problem().text << '\n';
    return kExitUnreachable;
  } catch (const std::exception& error) {
    std::cerr << "klambda: " << error.what() << '\n';
    return kExitWrongUsage;
  }
}

// Under the name of AWS's emulator, klambda is that.
std::vector<const char*> arguments(int argc, char** argv) {
  std::vector<const char*> all(argv, argv + argc);
  if (argc > 0 && std::filesystem::path(argv[0]).filename() == "aws-lambda-rie")
    all.insert(all.begin() + 1, "rie");
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const auto all = arguments(argc, argv);
  const int exit_code = run(static_cast<int>(all.size()), all.data());
  emulator::Watchdog::stop();
  emulator::log::shutdown();
  if (emulator::consumers_still_ending() > 0) {
    std::fflush(nullptr);
    std::_Exit(exit_code);
  }
  return exit_code;
}
