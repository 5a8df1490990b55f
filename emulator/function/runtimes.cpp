#include "emulator/function/runtimes.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "emulator/config/rules.h"
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

// docs runtimes-modify.html, "Wrapper scripts": it gets the runtime's own command as arguments.
// OS-only runtimes have none. On AWS a shell starts it, so that a wrapper that is not there ends
// the environment with the shell's exit status 127 (126: not executable) and no sooner.
void plan_wrapper(const FunctionConfig& function, LaunchPlan& plan) {
  const auto* script = find_variable(plan, "AWS_LAMBDA_EXEC_WRAPPER");
  if (script == nullptr || script->empty() || is_provided_runtime(function.runtime)) return;
  const auto wrapper = function.code_dir / *script;  // an absolute path replaces the directory
  plan.arguments.insert(plan.arguments.begin(), plan.executable.string());
  plan.executable = wrapper;
  if (is_executable_file(wrapper)) return;
  std::error_code error;
  warn_function(function,
                "AWS_LAMBDA_EXEC_WRAPPER names " + wrapper.string() + ", which " +
                    (fs::exists(wrapper, error) ? "is not executable: chmod +x it"
                                                : "does not exist: correct the variable"));
  plan.arguments.insert(plan.arguments.begin(),
                        {"-c", "exec \"$0\" \"$@\"", plan.executable.string()});
  plan.executable = "/bin/sh";
}

struct Planner {
  std::string_view family;
  void (*plan)(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan);
};
constexpr std::array kPlanners = std::to_array<Planner>({{"python3", plan_python},
                                                         {"nodejs", plan_node},
                                                         {"java", plan_java},
                                                         {"ruby", plan_ruby},
                                                         {"dotnet", plan_dotnet},
                                                         {"provided", plan_provided}});

// Runtimes that klambda starts by itself.
const Planner& planner_of(const FunctionConfig& function) {
  const std::string& runtime = function.runtime;
  if (runtime.empty()) {
    fail_function(function,
                  "Runtime is missing: name one, or what speaks the Runtime API through Metadata: "
                  "{klambda: {Command: [program, argument]}}");
  }
  if (const auto problem = check_runtime(runtime))
    fail_function(function, "Runtime '" + runtime + "': " + *problem);
  return *std::find_if(kPlanners.begin(), kPlanners.end(),
                       [&](const Planner& planner) { return runtime.starts_with(planner.family); });
}

}  // namespace

LaunchPlan plan_launch(const FunctionConfig& function, Downloads downloads, Strictness strictness) {
  LaunchPlan plan;
  plan.environment = function_variables(function);
  // A command of the user's own runs on this machine, whatever the function is on AWS.
  if (function.package_type == PackageType::Image && function.command.empty()) {
    plan_image(function, {downloads, strictness}, plan);
    return plan;
  }
  check_code_dir(function);
  plan.working_directory = function.code_dir;
  if (!function.command.empty()) {
    plan_command(function, plan);
  } else {
    planner_of(function).plan(function, {downloads, strictness}, plan);
  }
  plan_wrapper(function, plan);
  return plan;
}

}  // namespace emulator
