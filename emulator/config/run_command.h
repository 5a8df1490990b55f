// `klambda run` without a template: its flags become the one function and the one mapping that a
// template would have said. Called once, from parse_command_line.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emulator/config/mapping_request.h"
#include "emulator/config/model.h"

namespace emulator {

struct RunFlags {
  MappingRequest mapping;          // without a topic: no mapping, only invocations
  std::string secret;              // with which the mapping logs in; empty: none
  std::optional<AccessType> sasl;  // how; nullopt: the secret is a client certificate
  std::string handler;
  std::string runtime;  // empty: guessed from the files in `code`
  std::filesystem::path code = ".";
  std::vector<std::string> command;
  std::string name;  // empty: the code directory's
  std::map<std::string, std::string> environment;
  std::chrono::seconds function_timeout{3};
  int memory_mb = 128;
  std::optional<std::int64_t> reserved_concurrency;
};

// Throws ConfigError with the flag's name, what is wrong and how to mend it.
Application make_run_application(const RunFlags& flags, Strictness strictness);

// The runtime whose file the handler names, or whose form it has: "python3", "nodejs", "ruby",
// "java", "dotnet" or "provided". Throws ConfigError
// with the files that were looked for.
std::string guess_runtime(const std::filesystem::path& code_dir, const std::string& handler);

}  // namespace emulator
