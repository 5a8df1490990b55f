// Binds CLI11 options to plain values with one line for each mistake. Used by options.cpp
// and the files of flags.h, while they build the table of commands.
#pragma once

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/config/rules.h"
#include "emulator/config/text.h"

namespace emulator::command_line {

// `read` throws ConfigError with what is wrong; flag and value are put in front of it.
inline CLI::Option* add(CLI::App& app, const std::string& flag, const std::string& value_name,
                        const std::string& help, std::function<void(const std::string&)> read) {
  const auto checked = [flag, read = std::move(read)](const std::string& value) {
    try {
      read(value);
    } catch (const ConfigError& error) {
      throw ConfigError(flag + " " + value + ": " + error.what());
    }
  };
  return app.add_option_function<std::string>(flag, checked, help)->type_name(value_name);
}

inline CLI::Option* add_repeatable(CLI::App& app, const std::string& flag,
                                   const std::string& value_name, const std::string& help,
                                   std::function<void(const std::string&)> read) {
  const auto checked = [flag, read = std::move(read)](const std::vector<std::string>& values) {
    for (const auto& value : values) {
      try {
        read(value);
      } catch (const ConfigError& error) {
        throw ConfigError(flag + " " + value + ": " + error.what());
      }
    }
  };
  // One value for each flag: the word after it may be the template.
  return app.add_option_function<std::vector<std::string>>(flag, checked, help)
      ->allow_extra_args(false)
      ->type_name(value_name);
}

// An empty value is a script's unset variable, not a wish.
template <typename Text>
CLI::Option* add_text(CLI::App& app, const std::string& flag, const std::string& value_name,
                      const std::string& help, Text& target) {
  return add(app, flag, value_name, help, [&target](const std::string& text) {
    if (text.empty()) throw ConfigError("the value is empty");
    target = text;
  });
}

inline std::int64_t read_integer(const std::string& text) {
  const auto value = parse_integer(text);
  if (!value) throw ConfigError("it must be a whole number");
  return *value;
}

// Of any size: whoever knows what it means checks its range.
inline CLI::Option* add_integer(CLI::App& app, const std::string& flag, const std::string& help,
                                std::optional<std::int64_t>& target) {
  return add(app, flag, "N", help,
             [&target](const std::string& text) { target = read_integer(text); });
}

template <typename Integer>
CLI::Option* add_integer(CLI::App& app, const std::string& flag, const std::string& help,
                         Integer& target, Range range) {
  return add(app, flag, "N", help, [&target, range](const std::string& text) {
    const auto value = read_integer(text);
    if (const auto problem = check_range(value, range)) throw ConfigError(*problem);
    target = static_cast<Integer>(value);
  });
}

inline std::chrono::milliseconds read_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) throw ConfigError("it must be a duration such as 500ms, 60s or 2m");
  return *duration;
}

inline std::chrono::seconds read_whole_seconds(std::string_view text) {
  const auto duration = read_duration(text);
  if (duration.count() % 1'000 != 0) throw ConfigError("it must be whole seconds");
  return std::chrono::duration_cast<std::chrono::seconds>(duration);
}

inline std::chrono::milliseconds read_duration(std::string_view text, std::chrono::milliseconds min,
                                               std::chrono::milliseconds max) {
  const auto duration = read_duration(text);
  if (duration >= min && duration <= max) return duration;
  const auto shown = [](std::chrono::milliseconds value) {
    const auto ms = value.count();
    return ms % 1'000 == 0 ? std::to_string(ms / 1'000) + "s" : std::to_string(ms) + "ms";
  };
  throw ConfigError("it must be between " + shown(min) + " and " + shown(max));
}

// "NAME=VALUE"; the value may hold further '='.
inline std::pair<std::string, std::string> read_pair(const std::string& text,
                                                     const std::string& form) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) throw ConfigError("it is written " + form);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace emulator::command_line
