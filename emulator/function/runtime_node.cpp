// Node: the official client (aws-lambda-ric) only where it is installed already, since its
// installation compiles C++ for two minutes; else klambda's own, written from the binary into the
// cache. Both take the handler as their argument and need the whole AWS environment (version 4 of
// the official one reads _HANDLER and LAMBDA_TASK_ROOT only).
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "emulator/config/text.h"
#include "emulator/function/node_client.h"
#include "emulator/function/opt.h"
#include "emulator/function/runtime_files.h"
#include "emulator/function/runtime_tools.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr int kMajorMin = 18;  // of both clients

void check_handler(const FunctionConfig& function) {
  const auto handler = split_handler(function, Dot::First);
  // A handler may stand in a layer: "/opt/nodejs/wrapper.handler".
  const auto base = (function.code_dir / in_opt(function, handler.file)).lexically_normal();
  std::error_code error;
  for (const char* extension : {".js", ".mjs", ".cjs", ""}) {
    if (fs::exists(base.string() + extension, error)) return;
  }
  const bool typescript = fs::exists(base.string() + ".ts", error);
  fail_function(function, "Handler '" + function.handler + "' names " + base.string() +
                              ".js (or .mjs, .cjs), which does not exist: " +
                              (typescript ? "compile " + base.filename().string() + ".ts first"
                                          : "correct Handler or CodeUri"));
}

// The program that the package's "bin" names; nullopt when the package is not there.
std::optional<fs::path> official_client(const fs::path& modules) {
  const auto package = modules / "aws-lambda-ric";
  std::ifstream file(package / "package.json");
  if (!file) return std::nullopt;
  const auto json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object() || !json.contains("bin")) return std::nullopt;
  const auto& bin = json["bin"];
  std::string program;
  if (bin.is_string()) program = bin.get<std::string>();
  if (bin.is_object() && bin.contains("aws-lambda-ric") && bin["aws-lambda-ric"].is_string()) {
    program = bin["aws-lambda-ric"].get<std::string>();
  }
  std::error_code error;
  const auto path = (package / program).lexically_normal();
  if (program.empty() || !fs::is_regular_file(path, error)) return std::nullopt;
  return path;
}

fs::path own_client(const FunctionConfig& function, const fs::path& cache) {
  const auto path = cache / ("node-client-" + std::string(node_client_hash())) / "runtime.js";
  std::error_code error;
  if (fs::file_size(path, error) == node_client_text().size() && !error) return path;
  if (!write_file_atomically(path, node_client_text()))
    fail_function(function, "cannot write " + path.string());
  return path;
}

// "20" of "v20.20.2"; empty: it does not say.
std::string major_version(const std::string& answer) {
  if (answer.empty() || answer.front() != 'v') return {};
  return answer.substr(1, answer.find('.') - 1);
}

// Where Node looks for a package: node_modules here and in every folder above, and the layers'.
bool is_installed(const FunctionConfig& function, const std::string& package) {
  std::error_code error;
  for (auto folder = function.code_dir;; folder = folder.parent_path()) {
    if (fs::exists(folder / "node_modules" / package, error)) return true;
    if (!folder.has_relative_path()) break;
  }
  return !function.opt_dir.empty() &&
         fs::exists(function.opt_dir / "nodejs" / "node_modules" / package, error);
}

void check_dependencies(const FunctionConfig& function) {
  const auto package = function.code_dir / "package.json";
  std::ifstream file(package);
  if (!file) return;
  const auto json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object() || !json.contains("dependencies")) return;
  std::vector<std::string> missing;
  for (const auto& [name, version] : json["dependencies"].items()) {
    if (!is_installed(function, name)) missing.push_back(name);
  }
  if (missing.empty()) return;
  warn_function(function, package.string() + " names packages that are not in node_modules: " +
                              join(missing, ", ") + ": run npm install in " +
                              function.code_dir.string());
}

// "nodejs22.x" wants 22, "nodejs" none in particular.
void check_node(const FunctionConfig& function, PlanRules rules, const LaunchPlan& plan,
                const fs::path& node, const fs::path& cache) {
  const auto version = major_version(tool_answer(plan, node, {"--version"}, cache));
  if (version.empty()) return;
  const auto number = parse_integer(version);
  if (number && *number < kMajorMin) {
    fail_function(function, "Node.js " + version + " (" + node.string() + ") is too old: install " +
                                "Node.js " + std::to_string(kMajorMin) + " or newer");
  }
  auto wanted = function.runtime.substr(std::string_view("nodejs").size());
  wanted.resize(std::min(wanted.find('.'), wanted.size()));
  check_version(function, rules.strictness, {"Node.js", version, wanted, node});
}

}  // namespace

void plan_node(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan) {
  check_handler(function);
  const auto node = require_on_path(function, "node", "install Node.js 18 or newer");
  const auto cache = runtimes_cache(function);
  check_node(function, rules, plan, node, cache);
  check_dependencies(function);
  auto client = official_client(function.code_dir / "node_modules");
  if (!client) client = official_client(cache / "node_modules");
  if (!client) client = own_client(function, cache);
  plan.executable = node;
  plan.arguments = {client->string(), in_opt(function, function.handler)};
}

}  // namespace emulator
