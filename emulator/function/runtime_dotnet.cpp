// .NET: a program ("Handler: Orders") brings the official client in itself; a class library
// ("Handler: Orders::Orders.Function::Handle") is started by Amazon.Lambda.RuntimeSupport, which
// must lie beside it (docs csharp-handler.html, lambda-csharp "executable assembly handlers").
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "emulator/config/text.h"
#include "emulator/function/runtime_files.h"
#include "emulator/function/runtime_tools.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr const char* kClient = "Amazon.Lambda.RuntimeSupport";

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// Published files, or what lies in a project that is not packaged.
std::vector<fs::path> folders_of(const FunctionConfig& function) {
  std::vector<fs::path> folders{function.code_dir, function.code_dir / "publish"};
  for (const char* kind : {"Release", "Debug"}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(function.code_dir / "bin" / kind, error)) {
      folders.push_back(entry.path() / "publish");
      folders.push_back(entry.path());
    }
  }
  return folders;
}

fs::path find_assembly(const FunctionConfig& function, const std::string& name) {
  const auto folders = folders_of(function);
  for (const auto& folder : folders) {
    // A program's parts lie together only where its own settings lie too.
    if (is_there(folder / (name + ".dll")) && is_there(folder / (name + ".runtimeconfig.json")))
      return folder;
  }
  fail_function(function, "Handler '" + function.handler + "' names the assembly " + name +
                              ", and " + name + ".dll with " + name +
                              ".runtimeconfig.json is not in " + function.code_dir.string() +
                              ", publish or bin: run dotnet publish with "
                              "<GenerateRuntimeConfigurationFiles>true</…> in the project");
}

// Majors of "Microsoft.NETCore.App 8.0.11 [/usr/share/dotnet/shared/…]" lines.
std::vector<std::string> installed_runtimes(const std::string& answer) {
  std::vector<std::string> majors;
  std::istringstream lines(answer);
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kName = "Microsoft.NETCore.App ";
    if (!line.starts_with(kName)) continue;
    line.erase(0, kName.size());
    majors.push_back(line.substr(0, line.find('.')));
  }
  return majors;
}

void check_runtimes(const FunctionConfig& function, PlanRules rules, const fs::path& program,
                    const std::string& answer) {
  const auto majors = installed_runtimes(answer);
  const auto wanted = function.runtime.substr(std::string_view("dotnet").size());
  for (const auto& major : majors) {
    if (major == wanted) return;
  }
  if (majors.empty()) return;  // it does not say; it will when it starts
  check_version(function, rules.strictness, {".NET", join(majors, ", "), wanted, program});
}

}  // namespace

void plan_dotnet(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan) {
  const auto name = function.handler.substr(0, function.handler.find("::"));
  if (name.empty()) {
    fail_function(function,
                  "Handler is missing: name it as Assembly::Namespace.Class::Method, or as the "
                  "Assembly of a program");
  }
  const auto folder = find_assembly(function, name);
  const auto program = require_on_path(function, "dotnet", "install the .NET runtime");
  const auto cache = runtimes_cache(function);
  check_runtimes(function, rules, program, tool_answer(plan, program, {"--list-runtimes"}, cache));
  const auto assembly = folder / name;
  plan.executable = program;
  if (name == function.handler) {
    plan.arguments = {assembly.string() + ".dll"};
    return;
  }
  const auto client = folder / (std::string(kClient) + ".dll");
  if (!is_there(client)) {
    fail_function(function, folder.string() + " has no " + kClient +
                                ".dll, which starts a class library: run dotnet add package " +
                                kClient + " and dotnet publish in the project");
  }
  plan.arguments = {"exec",
                    "--depsfile",
                    assembly.string() + ".deps.json",
                    "--runtimeconfig",
                    assembly.string() + ".runtimeconfig.json",
                    client.string(),
                    function.handler};
}

}  // namespace emulator
