#include "emulator/function/opt.h"

#include <array>
#include <string>
#include <vector>

#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr std::string_view kOpt = "/opt";
constexpr std::array<std::string_view, 8> kPathVariables{
    "PATH",    "LD_LIBRARY_PATH", "PYTHONPATH", "NODE_PATH",
    "RUBYLIB", "GEM_PATH",        "CLASSPATH",  "AWS_LAMBDA_EXEC_WRAPPER"};

// "22" of "nodejs22.x", "3.3" of "ruby3.3"
std::string version_of(std::string_view runtime, std::string_view name) {
  runtime.remove_prefix(name.size());
  if (runtime.ends_with(".x")) runtime.remove_suffix(2);
  return std::string(runtime);
}

}  // namespace

std::string in_opt(const FunctionConfig& function, std::string_view path) {
  const bool below = path == kOpt || (path.starts_with(kOpt) && path.substr(kOpt.size())[0] == '/');
  if (function.opt_dir.empty() || !below) return std::string(path);
  return function.opt_dir.string() + std::string(path.substr(kOpt.size()));
}

void add_opt_variables(const FunctionConfig& function,
                       std::map<std::string, std::string>& variables) {
  if (function.opt_dir.empty()) return;
  const std::string opt = function.opt_dir.string();
  variables["PATH"] += ":" + opt + "/bin";
  variables["LD_LIBRARY_PATH"] = opt + "/lib";
  const std::string& runtime = function.runtime;
  if (runtime.starts_with("nodejs")) {
    variables["NODE_PATH"] = opt + "/nodejs/node" + version_of(runtime, "nodejs") +
                             "/node_modules:" + opt + "/nodejs/node_modules";
  } else if (runtime.starts_with("ruby")) {
    variables["RUBYLIB"] = opt + "/ruby/lib";
    variables["GEM_PATH"] = opt + "/ruby/gems/" + version_of(runtime, "ruby") + ".0";
  } else if (runtime.starts_with("java")) {
    variables["CLASSPATH"] = opt + "/java/lib/*";
  }
}

std::string variable_in_opt(const FunctionConfig& function, std::string_view name,
                            std::string_view value) {
  if (function.opt_dir.empty() || !is_one_of(kPathVariables, name)) return std::string(value);
  std::vector<std::string> parts = split(value, ':');
  for (auto& part : parts) part = in_opt(function, part);
  return join(parts, ":");
}

}  // namespace emulator
