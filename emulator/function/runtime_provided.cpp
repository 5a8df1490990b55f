// OS-only runtimes: the function's own executable `bootstrap`, in the code or in a layer
// (docs runtimes-custom.html). What the system would refuse to start is said before it is tried.
#include <string>
#include <system_error>
#include <vector>

#include "emulator/config/text.h"
#include "emulator/function/program_file.h"
#include "emulator/function/runtime_files.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

// How the bootstrap of a project in this directory is built.
std::string how_to_get_one(const fs::path& code) {
  std::error_code error;
  if (fs::exists(code / "go.mod", error))
    return "build it: CGO_ENABLED=0 go build -o bootstrap in " + code.string();
  if (fs::exists(code / "Cargo.toml", error))
    return "build it: cargo build --release in " + code.string() +
           ", and copy target/release/bootstrap there";
  return "put the runtime's executable there, or name a Command in Metadata";
}

fs::path find_bootstrap(const FunctionConfig& function) {
  std::vector<std::string> tried;
  std::error_code error;
  for (const auto& folder : {function.code_dir, function.opt_dir}) {
    if (folder.empty()) continue;
    auto bootstrap = folder / "bootstrap";
    if (fs::is_regular_file(bootstrap, error)) return bootstrap;
    tried.push_back(bootstrap.string());
  }
  // The text of Runtime.InvalidEntrypoint.
  fail_function(function, "Couldn't find valid bootstrap(s): [" + join(tried, " ") +
                              "]: " + how_to_get_one(function.code_dir));
}

void check_interpreter(const FunctionConfig& function, const fs::path& bootstrap,
                       const ProgramFile& program) {
  const auto& interpreter = program.interpreter;
  std::error_code error;
  if (interpreter.empty() || fs::exists(interpreter, error)) return;
  const std::string name = bootstrap.string();
  if (!program.script) {
    fail_function(function, name + " needs the loader " + interpreter +
                                ", which is not on this machine: link it statically, or build it "
                                "on this system");
  }
  if (interpreter.ends_with('\r')) {
    fail_function(function, name + " has Windows line ends, so that its interpreter " +
                                interpreter.substr(0, interpreter.size() - 1) +
                                " is not found: convert it, for instance with dos2unix");
  }
  fail_function(function, name + " is a script for " + interpreter +
                              ", which is not on this machine: install it, or correct the first "
                              "line");
}

void check_architecture(const FunctionConfig& function, Strictness strictness,
                        const fs::path& bootstrap, const std::string& built_for) {
  if (built_for.empty()) return;
  const std::string machine = machine_architecture();
  if (built_for != machine && !can_emulate(built_for)) {
    fail_function(function, bootstrap.string() + " is built for " + built_for +
                                ", this machine is " + machine + ": build it for " + machine);
  }
  // Without Architectures a function is x86_64, but nobody has said so.
  if (!function.architecture.empty() && built_for != function.architecture) {
    warn_or_fail(function, strictness,
                 bootstrap.string() + " is built for " + built_for + ", which Architectures: [" +
                     function.architecture + "] does not start on AWS: build it for " +
                     function.architecture + " before you deploy it, or correct Architectures");
  }
}

}  // namespace

void plan_provided(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan) {
  const auto bootstrap = find_bootstrap(function);
  if (!is_executable_file(bootstrap)) {
    fail_function(function, "bootstrap is not executable: chmod +x " + bootstrap.string());
  }
  const auto program = look_at_program(bootstrap);
  check_architecture(function, rules.strictness, bootstrap, program.architecture);
  check_interpreter(function, bootstrap, program);
  plan.executable = bootstrap;
}

}  // namespace emulator
