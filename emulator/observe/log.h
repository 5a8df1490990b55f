// Logs for people, on stderr, one line an event, from any thread. Functions' own output goes
// through function_output() and keeps its text as the handler wrote it, behind the function's name.
// Every line names what it is about: log::info("[{}] batch of {} ...", mapping.name, ...).
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

namespace emulator::log {

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

enum class Colour { Auto, Never };  // Auto: on a terminal, and never with NO_COLOR

// Sets up the process's loggers; call once, before any thread starts. Level: trace, debug, info,
// warn, error or off; anything else throws ConfigError.
void initialise(std::string_view level, Colour colour);

// From now on functions' lines are all there is on standard output, without their function's name:
// for a program that runs one function. Before any of them.
void show_function_alone();

// One line of a handler's output, or of START/END/REPORT, or several, which are written at once;
// without the last newline. Each appears verbatim behind "<function> | ".
void function_output(std::string_view function_name, std::string_view lines);

// Flushes; call last.
void shutdown();

}  // namespace emulator::log
