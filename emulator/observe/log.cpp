#include "emulator/observe/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "emulator/config/model.h"

namespace emulator::log {
namespace {

// spdlog turns an unknown level's name into "off", which would silence everything: names are
// checked against this list.
constexpr std::array<std::string_view, 6> kLevels{"trace", "debug", "info", "warn", "error", "off"};

std::shared_ptr<spdlog::logger>
    output_logger;            // set once by initialise(), before any thread starts
bool function_alone = false;  // as this one

// Sinks of their own, because the pattern belongs to the sink; spdlog's console mutex keeps their
// lines whole.
std::shared_ptr<spdlog::logger> make_logger(const std::string& name, bool coloured,
                                            const std::string& pattern) {
  spdlog::sink_ptr sink;
  if (coloured) {
    sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  auto logger = std::make_shared<spdlog::logger>(name, std::move(sink));
  logger->set_pattern(pattern);
  logger->set_level(spdlog::level::info);
  return logger;
}

}  // namespace

void initialise(std::string_view level, Colour colour) {
  bool known = false;
  for (auto name : kLevels) known = known || name == level;
  if (!known) {
    throw ConfigError("--log-level: '" + std::string(level) +
                      "' is not one of trace, debug, info, warn, error, off");
  }
  const bool coloured =
      colour == Colour::Auto && ::isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  spdlog::set_default_logger(make_logger("klambda", coloured, "%H:%M:%S.%e %^%-5l%$ %v"));
  spdlog::default_logger()->set_level(spdlog::level::from_str(std::string(level)));
  output_logger = make_logger("function", coloured, "%v");
}

void show_function_alone() {
  output_logger = std::make_shared<spdlog::logger>(
      "function", std::make_shared<spdlog::sinks::stdout_sink_mt>());
  output_logger->set_pattern("%v");
  output_logger->flush_on(spdlog::level::info);
  function_alone = true;
}

void function_output(std::string_view function_name, std::string_view lines) {
  if (output_logger == nullptr) return;
  if (function_alone) {
    output_logger->info(spdlog::string_view_t(lines.data(), lines.size()));
    return;
  }
  std::string text;
  for (;;) {
    const auto end = lines.find('\n');
    text.append(function_name).append(" | ").append(lines.substr(0, end));
    if (end == lines.npos) break;
    text.push_back('\n');
    lines.remove_prefix(end + 1);
  }
  output_logger->info(spdlog::string_view_t(text));
}

void shutdown() {
  spdlog::default_logger()->flush();
  if (output_logger != nullptr) output_logger->flush();
}

}  // namespace emulator::log
