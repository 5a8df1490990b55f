// The flags of the commands, bound to the plain values that they fill. Used while options.cpp
// builds its table; every target must stay where it is until the command line was parsed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emulator/config/command_line.h"
#include "emulator/config/options.h"
#include "emulator/config/run_command.h"

namespace emulator::command_line {

// How a process that the user starts serves a function (attach.h), behind the examples of `start`
// and `run`.
inline constexpr const char* kAttachHelp =
    "\nA process of your own, for instance under a debugger, serves FUNCTION when it has\n"
    "AWS_LAMBDA_RUNTIME_API=127.0.0.1:3001/FUNCTION (the control plane's address and port).";

// Of several commands.
void add_kafka(CLI::App& app, std::string& kafka, bool& allow_remote, const std::string& help);
// With which secret, and how; the flags.
std::vector<CLI::Option*> add_login(CLI::App& app, std::string& secret,
                                    std::optional<AccessType>& sasl);
void add_access(CLI::App& app, ProduceCommand& produce);
void add_registry(CLI::App& app, RegistryOptions& registries, const std::string& help);
// Those that stand in for mappings' own: --registry and --schemas.
void add_registries(CLI::App& app, RegistryOptions& registries);
void add_control_plane(CLI::App& app, std::string& host, std::uint16_t& port,
                       const std::string& what);
void add_log_level(CLI::App& app, std::string& target);
void add_output(CLI::App& app, OutputFormat& output);
void add_template(CLI::App& app, std::string& template_file,
                  std::map<std::string, std::string>& parameters);
// What `start` and `run` have in common.
void add_access(CLI::App& app, KafkaAccessOptions& access);
void add_serve_flags(CLI::App& app, ServeOptions& serve);

// Whole commands.
CLI::App* add_run(CLI::App& app, RunFlags& flags, ServeOptions& serve);
CLI::App* add_produce(CLI::App& app, ProduceCommand& produce);
CLI::App* add_invoke(CLI::App& app, InvokeCommand& invoke);
CLI::App* add_status(CLI::App& app, StatusCommand& status);
CLI::App* add_batches(CLI::App& app, BatchesCommand& batches);
CLI::App* add_logs(CLI::App& app, LogsCommand& logs);
CLI::App* add_rie(CLI::App& app, RieCommand& rie);
CLI::App* add_doctor(CLI::App& app, DoctorCommand& doctor, std::string& template_file);

}  // namespace emulator::command_line
