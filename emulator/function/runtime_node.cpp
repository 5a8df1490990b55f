// Node: the official client (aws-lambda-ric) only where it is installed already, since its
// installation compiles C++ for two minutes; else klambda's own, written from the binary into the
// cache. Both take the handler as their argument and need the whole AWS environment (version 4 of
// the official one reads _HANDLER and LAMBDA_TASK_ROOT only).
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "emulator/function/node_client.h"
#include "emulator/function/runtime_files.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

void check_handler(const FunctionConfig& function) {
  const auto handler = split_handler(function, Dot::First);
  const auto base = (function.code_dir / handler.file).lexically_normal();
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

}  // namespace

void plan_node(const FunctionConfig& function, LaunchPlan& plan) {
  check_handler(function);
  const auto node = find_on_path("node");
  if (!node) {
    fail_function(function, "runtime " + function.runtime +
                                " needs 'node', which is not on PATH (" + search_path() +
                                "): install Node.js 18 or newer");
  }
  const auto cache = runtimes_cache(function);
  auto client = official_client(function.code_dir / "node_modules");
  if (!client) client = official_client(cache / "node_modules");
  if (!client) client = own_client(function, cache);
  plan.executable = *node;
  plan.arguments = {client->string(), function.handler};
}

}  // namespace emulator
