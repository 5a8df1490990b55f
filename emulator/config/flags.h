// The flags of the commands, bound to the plain values that they fill. Used while options.cpp
// builds its table; every target must stay where it is until the command line was parsed.
#pragma once

#include <cstdint>
#include <string>

#include "emulator/config/command_line.h"
#include "emulator/config/options.h"
#include "emulator/config/run_command.h"

namespace emulator::command_line {

// Of several commands.
void add_kafka(CLI::App& app, std::string& kafka, bool& allow_remote, const std::string& help);
void add_control_plane(CLI::App& app, std::string& host, std::uint16_t& port,
                       const std::string& what);
void add_log_level(CLI::App& app, std::string& target);
// What `start` and `run` have in common.
void add_serve_flags(CLI::App& app, ServeOptions& serve);

// Whole commands.
CLI::App* add_run(CLI::App& app, RunFlags& flags, ServeOptions& serve);
CLI::App* add_produce(CLI::App& app, ProduceCommand& produce);
CLI::App* add_invoke(CLI::App& app, InvokeCommand& invoke);

}  // namespace emulator::command_line
