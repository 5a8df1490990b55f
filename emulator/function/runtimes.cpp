#include "emulator/function/runtimes.h"

#include <unistd.h>

#include <system_error>

#include "emulator/function/environment_variables.h"
#include "emulator/function/runtime_files.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

void check_code_dir(const FunctionConfig& function) {
  const auto& code = function.code_dir;
  std::error_code error;
  const auto status = fs::status(code, error);
  if (status.type() == fs::file_type::not_found) {
    fail_function(function, "code directory " + code.string() +
                                " does not exist: correct CodeUri (or --code)");
  }
  if (status.type() != fs::file_type::directory) {
    fail_function(
        function,
        "code directory " + code.string() +
            " is not a directory: CodeUri (or --code) must name the folder of the handler's code");
  }
  if (::access(code.c_str(), R_OK | X_OK) != 0) {
    fail_function(function, "code directory " + code.string() +
                                " cannot be read by this user: chmod u+rx it");
  }
}

// Any program that speaks the Runtime API. What the shell would find, but the code directory comes
// before PATH.
void plan_command(const FunctionConfig& function, LaunchPlan& plan) {
  const fs::path program = function.command.front();
  const auto in_code = function.code_dir / program;  // an absolute program replaces the directory
  if (is_executable_file(in_code)) {
    plan.executable = in_code;
  } else if (program.has_parent_path()) {
    std::error_code error;
    fail_function(function,
                  fs::exists(in_code, error)
                      ? "Command " + in_code.string() + " is not an executable file: chmod +x it"
                      : "Command " + in_code.string() + " does not exist");
  } else if (const auto found = find_on_path(program.string())) {
    plan.executable = *found;
  } else {
    fail_function(function, "Command '" + program.string() + "' was found neither in " +
                                function.code_dir.string() + " nor on PATH (" + search_path() +
                                ")");
  }
  plan.arguments.assign(function.command.begin() + 1, function.command.end());
}

// docs runtimes-custom.html; the text is AWS's own for Runtime.InvalidEntrypoint.
void plan_provided(const FunctionConfig& function, LaunchPlan& plan) {
  const auto bootstrap = function.code_dir / "bootstrap";
  std::error_code error;
  if (!fs::is_regular_file(bootstrap, error)) {
    fail_function(function,
                  "Couldn't find valid bootstrap(s): [" + bootstrap.string() +
                      "]: put the runtime's executable there, or name a Command in Metadata");
  }
  if (!is_executable_file(bootstrap)) {
    fail_function(function, "bootstrap is not executable: chmod +x " + bootstrap.string());
  }
  plan.executable = bootstrap;
}

}  // namespace

LaunchPlan plan_launch(const FunctionConfig& function, Downloads downloads) {
  check_code_dir(function);
  LaunchPlan plan;
  plan.working_directory = function.code_dir;
  plan.environment = function_variables(function);

  const std::string& runtime = function.runtime;
  if (!function.command.empty()) {
    plan_command(function, plan);
  } else if (runtime.starts_with("python3")) {
    plan_python(function, downloads, plan);
  } else if (runtime.starts_with("nodejs")) {
    plan_node(function, plan);
  } else if (runtime == "provided" || runtime.starts_with("provided.")) {
    plan_provided(function, plan);
  } else {
    fail_function(function, (runtime.empty() ? std::string("Runtime is missing")
                                             : "Runtime '" + runtime + "' is unknown") +
                                ": klambda starts python3.*, nodejs* and provided.*; anything else "
                                "that speaks the Runtime "
                                "API through Metadata: {klambda: {Command: [program, argument]}}");
  }
  return plan;
}

}  // namespace emulator
