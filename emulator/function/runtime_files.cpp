#include "emulator/function/runtime_files.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "emulator/observe/log.h"

namespace emulator {

namespace fs = std::filesystem;

void fail_function(const FunctionConfig& function, const std::string& text) {
  throw ConfigError(function.where + ": function " + function.name + ": " + text);
}

void warn_function(const FunctionConfig& function, const std::string& text) {
  log::warn("{}: function {}: {}", function.where, function.name, text);
}

void warn_or_fail(const FunctionConfig& function, Strictness strictness, const std::string& text) {
  if (strictness == Strictness::Strict) fail_function(function, text);
  warn_function(function, text);
}

void check_version(const FunctionConfig& function, Strictness strictness,
                   const FoundInterpreter& found) {
  if (found.wanted.empty() || found.version.empty() || found.version == found.wanted) return;
  const std::string language(found.language);
  const std::string what = language + " " + found.version + " (" + found.program.string() + ")";
  const std::string wanted = language + " " + found.wanted;
  if (strictness == Strictness::Strict) {
    fail_function(function, "runtime " + function.runtime + " needs " + wanted + ", found is " +
                                what + ": install " + wanted + ", or leave out --strict");
  }
  warn_function(function, "runs on " + what + " instead of " + wanted + ", which Runtime " +
                              function.runtime + " has on AWS: install " + wanted +
                              " to have the same here");
}

bool is_executable_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

std::string search_path() {
  const char* path = std::getenv("PATH");
  return path != nullptr && *path != '\0' ? path : "/usr/local/bin:/usr/bin:/bin";
}

fs::path require_on_path(const FunctionConfig& function, const std::string& program,
                         const std::string& cure) {
  if (auto found = find_on_path(program)) return *std::move(found);
  fail_function(function, "runtime " + function.runtime + " needs '" + program +
                              "', which is not on PATH (" + search_path() + "): " + cure);
}

std::vector<fs::path> find_all_on_path(std::string_view program) {
  std::vector<fs::path> found;
  std::istringstream folders(search_path());
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto candidate = fs::path(folder.empty() ? "." : folder) / program;
    if (is_executable_file(candidate)) found.push_back(fs::absolute(candidate));
  }
  return found;
}

std::optional<fs::path> find_on_path(std::string_view program) {
  auto found = find_all_on_path(program);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

fs::path runtimes_cache(const FunctionConfig& function) {
  fs::path base;
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (xdg != nullptr && *xdg == '/') {
    base = xdg;
  } else if (home != nullptr && *home == '/') {
    base = fs::path(home) / ".cache";
  } else {
    base = fs::temp_directory_path() / ("klambda-" + std::to_string(::getuid()));
  }
  const auto cache = base / "klambda" / "runtimes";
  std::error_code error;
  fs::create_directories(cache, error);
  if (!fs::is_directory(cache) || ::access(cache.c_str(), W_OK | X_OK) != 0) {
    fail_function(function, "cannot write to klambda's cache " + cache.string() +
                                ": set XDG_CACHE_HOME to a directory that can be written");
  }
  return cache;
}

bool write_file_atomically(const fs::path& path, std::string_view text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  const fs::path temporary = path.string() + "." + std::to_string(::getpid());
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.flush();
    if (!file) {
      fs::remove(temporary, error);
      return false;
    }
  }
  fs::rename(temporary, path, error);
  return !error;
}

HandlerName split_handler(const FunctionConfig& function, Dot dot) {
  const auto& handler = function.handler;
  if (handler.empty())
    fail_function(function, "Handler is missing: name it as file.function, as in app.handler");
  const auto slash = handler.rfind('/');
  const auto from = slash == std::string::npos ? 0 : slash + 1;
  const auto at = dot == Dot::Last ? handler.rfind('.') : handler.find('.', from);
  if (at == std::string::npos || at <= from || at + 1 == handler.size()) {
    fail_function(function,
                  "Handler '" + handler + "' is not of the form file.function, as in app.handler");
  }
  return {handler.substr(0, at), handler.substr(at + 1)};
}

const std::string* find_variable(const LaunchPlan& plan, std::string_view name) {
  const auto found = std::find_if(plan.environment.begin(), plan.environment.end(),
                                  [&](const auto& variable) { return variable.first == name; });
  return found == plan.environment.end() ? nullptr : &found->second;
}

void set_variable(LaunchPlan& plan, std::string_view name, std::string value) {
  for (auto& variable : plan.environment) {
    if (variable.first == name) {
      variable.second = std::move(value);
      return;
    }
  }
  plan.environment.emplace_back(name, std::move(value));
}

void append_folder(LaunchPlan& plan, std::string_view name, const fs::path& folder) {
  const auto* present = find_variable(plan, name);
  set_variable(
      plan, name,
      present != nullptr && !present->empty() ? *present + ":" + folder.string() : folder.string());
}

}  // namespace emulator
