#include "emulator/config/run_command.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "emulator/config/access_rules.h"
#include "emulator/config/mapping_rules.h"
#include "emulator/config/rules.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"
#include "emulator/config/uuid.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

// The API's parameters and the flags that stand for them; a name that holds another one comes
// first.
constexpr std::array kFlags = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"StartingPositionTimestamp", "--starting-timestamp"},
    {"StartingPosition", "--starting-position"},
    {"MaximumBatchingWindowInSeconds", "--batch-window"},
    {"MaximumRecordAgeInSeconds", "--max-record-age"},
    {"MaximumRetryAttempts", "--retries"},
    {"BisectBatchOnFunctionError", "--bisect"},
    {"FunctionResponseTypes", "--report-batch-item-failures"},
    {"ProvisionedPollerConfig", "--pollers"},
    {"MinimumPollers", "MIN of --pollers"},
    {"MaximumPollers", "MAX of --pollers"},
    {"DestinationConfig", "--on-failure"},
    {"Destination", "--on-failure"},
    {"ConsumerGroupId", "--group"},
    {"BatchSize", "--batch-size"},
    {"Filters", "--filter"},
    {"Topics", "--topic"},
    {"Timeout", "--function-timeout"},
});

void require(const std::string& flag, const Problem& problem) {
  if (problem) throw ConfigError(flag + ": " + *problem);
}

fs::path absolute_directory(const fs::path& directory) {
  std::error_code error;
  const fs::path absolute = fs::weakly_canonical(fs::absolute(directory, error), error);
  if (!fs::is_directory(absolute, error)) {
    throw ConfigError("--code " + directory.string() +
                      ": no such directory: give the one that holds the handler's file");
  }
  if (::access(absolute.c_str(), R_OK | X_OK) != 0) {
    throw ConfigError("--code " + directory.string() +
                      ": this user may not read it: check its permissions");
  }
  return absolute;
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool is_executable(const fs::path& path) {
  return is_file(path) && ::access(path.c_str(), X_OK) == 0;
}

// "src/app.handler" → src/app.py; "pkg.app.handler" → pkg/app.py, as awslambdaric imports it.
std::vector<fs::path> python_files(const std::string& module) {
  std::string path = module;
  std::replace(path.begin(), path.end(), '.', '/');
  return {path + ".py", fs::path(path) / "__init__.py"};
}

// "src/index.handler" → src/index.js: the module ends at the first dot of the last part, as
// aws-lambda-ric reads it.
std::vector<fs::path> node_files(const std::string& handler) {
  const fs::path path(handler);
  const std::string file = path.filename().string();
  const fs::path module = path.parent_path() / file.substr(0, file.find('.'));
  return {module.string() + ".js", module.string() + ".mjs", module.string() + ".cjs"};
}

bool any_file(const fs::path& code_dir, const std::vector<fs::path>& files) {
  return std::any_of(files.begin(), files.end(),
                     [&](const fs::path& file) { return is_file(code_dir / file); });
}

// By what stands in it: "app.Orders::handle" is Java's, "Orders::Orders.Function::Handle" .NET's.
std::optional<std::string> runtime_of_colons(const std::string& handler) {
  const auto first = handler.find("::");
  if (first == std::string::npos) return std::nullopt;
  return handler.find("::", first + 2) == std::string::npos ? "java" : "dotnet";
}

std::string default_name(const fs::path& code_dir) {
  std::string name = code_dir.filename().string().substr(0, 64);
  for (char& c : name) {
    if (!is_ascii_alphanumeric(c) && c != '_') c = '-';
  }
  return name.empty() ? "function" : name;
}

FunctionConfig make_function(const RunFlags& flags) {
  FunctionConfig function;
  function.where = "klambda run";
  function.code_dir = absolute_directory(flags.code);
  function.name = flags.name.empty() ? default_name(function.code_dir) : flags.name;
  require("--name " + function.name, check_function_name(function.name));
  function.handler = flags.handler;
  if (!flags.handler.empty()) require("--handler " + flags.handler, check_handler(flags.handler));
  function.runtime = flags.runtime;
  function.command = flags.command;
  if (function.command.empty()) {
    if (function.runtime.empty())
      function.runtime = guess_runtime(function.code_dir, function.handler);
    require("--runtime " + function.runtime, check_runtime(function.runtime));
    if (function.handler.empty() && !is_provided_runtime(function.runtime)) {
      throw ConfigError(
          "--handler is missing: name it as FILE.FUNCTION, for instance --handler app.handler");
    }
  }
  for (const auto& [name, value] : flags.environment) {
    require("--env " + name, check_variable_name(name, RoleVariables::Allowed));
  }
  require("--env: the variables are too long", check_environment_size(flags.environment));
  function.environment = flags.environment;
  function.timeout = flags.function_timeout;
  function.memory_mb = flags.memory_mb;
  if (const auto& limit = flags.reserved_concurrency) {
    require("--reserved-concurrency " + std::to_string(*limit),
            check_range(*limit, kReservedConcurrency));
    function.reserved_concurrency = static_cast<int>(*limit);
  }
  return function;
}

// A violation in the command line's words: the flags take the place of the API's parameters.
std::string in_flags(const Violation& violation) {
  Violation ours = violation;
  auto& text = ours.remedy;
  for (const auto& [parameter, flag] : kFlags) {
    for (auto at = text.find(parameter); at != std::string::npos; at = text.find(parameter))
      text.replace(at, parameter.size(), flag);
  }
  const auto last = ours.parameter.rfind('.');
  const auto name = last == std::string::npos ? ours.parameter : ours.parameter.substr(last + 1);
  const auto flag = std::find_if(kFlags.begin(), kFlags.end(),
                                 [&](const auto& known) { return known.first == name; });
  return describe(flag == kFlags.end() ? name : std::string(flag->second), ours);
}

MappingConfig make_mapping(const RunFlags& flags, const FunctionConfig& function,
                           Strictness strictness) {
  MappingRequest request = flags.mapping;
  // How Lambda would reach the brokers is nothing that the command line could say, but for the
  // login.
  auto& access = request.source_access.emplace();
  if (!flags.secret.empty()) {
    const auto type = flags.sasl.value_or(AccessType::ClientCertificateTlsAuth);
    access.push_back({std::string(to_string(type)), flags.secret});
  }
  const auto violations = check_mapping(request, strictness, epoch_ms_now());
  if (!violations.empty()) throw ConfigError(in_flags(violations.front()));
  MappingConfig mapping;
  mapping.where = "klambda run";
  mapping.function_name = function.name;
  mapping.name = request.topics.front() + " -> " + function.name;
  mapping.uuid = name_uuid(function.code_dir.string() + "#" + mapping.name);
  apply(request, mapping);
  return mapping;
}

}  // namespace

std::string guess_runtime(const std::filesystem::path& code_dir, const std::string& handler) {
  const auto dot = handler.rfind('.');
  std::vector<fs::path> looked_for;
  if (dot != std::string::npos && dot > 0) {
    const auto python = python_files(handler.substr(0, dot));
    const auto node = node_files(handler);
    const bool found_python = any_file(code_dir, python);
    const bool found_node = any_file(code_dir, node);
    if (found_python && found_node) {
      throw ConfigError(
          "--handler " + handler + ": " + code_dir.string() +
          " has it for Python and for Node: say which with --runtime python3 or --runtime nodejs");
    }
    if (found_python) return "python3";
    if (found_node) return "nodejs";
    if (is_file(code_dir / (handler.substr(0, handler.find('.')) + ".rb"))) return "ruby";
    looked_for.push_back(python.front());
    looked_for.insert(looked_for.end(), node.begin(), node.end());
  }
  if (auto runtime = runtime_of_colons(handler)) return *std::move(runtime);
  const fs::path bootstrap = code_dir / "bootstrap";
  if (is_executable(bootstrap)) return "provided";
  if (is_file(bootstrap)) {
    throw ConfigError(bootstrap.string() + " is not executable: run 'chmod +x " +
                      bootstrap.string() + "'");
  }
  looked_for.emplace_back("bootstrap");
  if (handler.empty()) {
    throw ConfigError(
        "--handler is missing: name it as FILE.FUNCTION, for instance --handler app.handler (" +
        code_dir.string() + " has no bootstrap either)");
  }
  std::vector<std::string> names;
  for (const auto& file : looked_for) names.push_back(file.string());
  throw ConfigError("--handler " + handler + ": found none of " + join(names, ", ") + " in " +
                    code_dir.string() +
                    ": check --handler FILE.FUNCTION and --code, or give --runtime or --command");
}

Application make_run_application(const RunFlags& flags, Strictness strictness) {
  Application application;
  application.directory = fs::current_path();
  application.functions.push_back(make_function(flags));
  const auto& function = application.functions.front();
  if (flags.mapping.topics.empty()) return application;
  application.mappings.push_back(make_mapping(flags, function, strictness));
  if (const auto violation = check_triggered_function(function)) {
    if (strictness == Strictness::Strict) throw ConfigError(in_flags(*violation));
    application.warnings.push_back(in_flags(*violation));
  }
  return application;
}

}  // namespace emulator
