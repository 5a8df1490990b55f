#include "emulator/function/environment_variables.h"

#include <unistd.h>

#include <cstdlib>
#include <map>
#include <sstream>
#include <string_view>

#include "emulator/function/identifiers.h"
#include "emulator/function/opt.h"
#include "emulator/function/runtime_files.h"
#include "emulator/observe/log.h"

extern char** environ;

namespace emulator {
namespace {

using Variables = std::map<std::string, std::string>;

bool is_reserved(std::string_view name) {
  return is_one_of(kReservedVariables, name) || is_one_of(kRoleVariables, name);
}

// klambda's own value, so that a handler reaches what its developer's shell reaches.
void pass_on(const char* name, Variables& variables) {
  if (const char* value = std::getenv(name)) variables[name] = value;
}

// Credentials of klambda's own environment, all or none: a mixture would be refused. Dummies are
// what local AWS stand-ins take.
void add_credentials(Variables& variables) {
  if (std::getenv("AWS_ACCESS_KEY_ID") != nullptr) {
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
      pass_on(name, variables);
  } else {
    variables["AWS_ACCESS_KEY_ID"] = "test";
    variables["AWS_SECRET_ACCESS_KEY"] = "test";
  }
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!text.starts_with("AWS_ENDPOINT_URL")) continue;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      variables[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
}

// klambda's own PATH, for interpreters and tools, and behind it what AWS has.
std::string handler_path() {
  std::string path = search_path();
  for (const std::string_view usual : {"/usr/local/bin", "/usr/bin", "/bin", "/opt/bin"}) {
    if ((":" + path + ":").find(":" + std::string(usual) + ":") == std::string::npos)
      path.append(":").append(usual);
  }
  return path;
}

// Of a process of this machine; an image has its own.
void add_surroundings(const FunctionConfig& function, Variables& variables) {
  pass_on("HOME", variables);
  variables["PATH"] = handler_path();
  add_opt_variables(function, variables);
  variables["LANG"] = "en_US.UTF-8";
  variables["TZ"] = ":UTC";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> function_variables(
    const FunctionConfig& function) {
  const bool is_image = function.package_type == PackageType::Image;
  Variables variables;
  if (!is_image) add_surroundings(function, variables);
  variables["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR";

  std::string refused;
  for (const auto& [name, value] : function.environment) {
    if (is_reserved(name)) {
      refused.append(refused.empty() ? "" : ", ").append(name);
    } else {
      variables[name] = variable_in_opt(function, name, value);
    }
  }
  if (!refused.empty()) {
    log::warn("{}: function {}: Lambda sets {} itself and refuses a function that does: ignored",
              function.where, function.name, refused);
  }

  if (!is_image) variables["_HANDLER"] = in_opt(function, function.handler);
  variables["LAMBDA_TASK_ROOT"] = is_image ? "/var/task" : function.code_dir.string();
  variables["LAMBDA_RUNTIME_DIR"] = "/var/runtime";
  variables["AWS_REGION"] = function.region;
  variables["AWS_DEFAULT_REGION"] = function.region;
  variables["AWS_LAMBDA_FUNCTION_NAME"] = function.name;
  variables["AWS_LAMBDA_FUNCTION_VERSION"] = function.version;
  variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(function.memory_mb);
  variables["AWS_LAMBDA_LOG_GROUP_NAME"] = log_group_of(function);
  const bool json = function.logging.format == LogFormat::AsJson;
  variables["AWS_LAMBDA_LOG_FORMAT"] = json ? "JSON" : "Text";
  if (json) variables["AWS_LAMBDA_LOG_LEVEL"] = function.logging.application_level;
  variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
  if (const auto& managed = function.managed_instances) {
    variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "lambda-managed-instances";
    variables["AWS_LAMBDA_MAX_CONCURRENCY"] = std::to_string(managed->max_concurrency);
  }
  // Not for OS-only runtimes.
  if (!function.runtime.empty() && !function.runtime.starts_with("provided")) {
    variables["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + function.runtime;
  }
  add_credentials(variables);
  return {variables.begin(), variables.end()};
}

}  // namespace emulator
