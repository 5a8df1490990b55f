// Ruby: the official client (the gem aws_lambda_ric) where it is installed: among the interpreter's
// gems, in the function's vendor/bundle or in a layer. It takes the handler as its argument and
// looks for its file in the working directory.
#include <sstream>
#include <string>
#include <system_error>

#include "emulator/function/opt.h"
#include "emulator/function/runtime_files.h"
#include "emulator/function/runtime_tools.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr const char* kClient = "aws_lambda_ric";

// The version, and the client's program or an empty line.
constexpr const char* kProbe =
    "puts 'klambda-probe', RUBY_VERSION; "
    "puts((Gem.bin_path('aws_lambda_ric', 'aws_lambda_ric') rescue ''))";

struct Ruby {
  std::string version;  // "3.1"; empty: it does not run
  std::string client;   // absolute; empty: there is none
};

Ruby parse_probe(const std::string& answer) {
  std::istringstream lines(answer);
  std::string line;
  while (std::getline(lines, line) && line != "klambda-probe") {
  }
  Ruby ruby;
  std::getline(lines, ruby.version);
  std::getline(lines, ruby.client);
  // "3.1.2" → "3.1"
  const auto dot = ruby.version.find('.');
  if (dot != std::string::npos) ruby.version.resize(ruby.version.find('.', dot + 1));
  return ruby;
}

void check_handler(const FunctionConfig& function) {
  const auto handler = split_handler(function, Dot::First);
  const auto file = (function.code_dir / in_opt(function, handler.file + ".rb")).lexically_normal();
  std::error_code error;
  if (fs::exists(file, error)) return;
  fail_function(function, "Handler '" + function.handler + "' names " + file.string() +
                              ", which does not exist: correct Handler or CodeUri");
}

// As on AWS (docs ruby-package.html): the function's own gems, then the layers'.
void add_gems(const FunctionConfig& function, const std::string& version, LaunchPlan& plan) {
  const auto api = version + ".0";
  append_folder(plan, "GEM_PATH", function.code_dir / "vendor" / "bundle" / "ruby" / api);
}

}  // namespace

void plan_ruby(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan) {
  check_handler(function);
  const auto program = require_on_path(function, "ruby", "install Ruby");
  const auto cache = runtimes_cache(function);
  const auto version = parse_probe(tool_answer(plan, program, {"-e", kProbe}, cache)).version;
  if (version.empty())
    fail_function(function, program.string() + " does not run: run " + program.string() +
                                " --version to see why");
  const auto wanted = function.runtime.substr(std::string_view("ruby").size());
  check_version(function, rules.strictness, {"Ruby", version, wanted, program});
  add_gems(function, version, plan);
  // With the function's own gems in sight, and never from memory: they come and go.
  LaunchPlan probe = plan;
  probe.executable = program;
  probe.arguments = {"-e", kProbe};
  const auto client = parse_probe(run_tool(probe, std::chrono::seconds{30}).output).client;
  if (client.empty()) {
    fail_function(function, program.string() + " has no gem " + kClient + ": run gem install " +
                                kClient + ", or add it to the function's Gemfile");
  }
  plan.executable = program;
  plan.arguments = {client, in_opt(function, function.handler)};
}

}  // namespace emulator
