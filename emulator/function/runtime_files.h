// What the runtimes' launch plans share: finding programs, klambda's cache, and saying what is
// wrong in one line.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/function/runtimes.h"

namespace emulator {

// "template.yaml:12: function Orders: <text>". Never returns.
[[noreturn]] void fail_function(const FunctionConfig& function, const std::string& text);

bool is_executable_file(const std::filesystem::path& path);
// Searches klambda's own PATH; absolute.
std::vector<std::filesystem::path> find_all_on_path(std::string_view program);
std::optional<std::filesystem::path> find_on_path(std::string_view program);
std::string search_path();  // klambda's own PATH, for messages

// $XDG_CACHE_HOME/klambda/runtimes, made when it is missing; throws ConfigError when that cannot
// be.
std::filesystem::path runtimes_cache(const FunctionConfig& function);
// Readers see the old file or the new one, whole; false when it cannot be written.
bool write_file_atomically(const std::filesystem::path& path, std::string_view text);

// Handler "src/app.main": the file part before the dot and the function after it. `Last`: Python
// ("a.b.main" is module a.b); `First`: Node (everything after the file's first dot is a path within
// the exports).
enum class Dot { First, Last };
struct HandlerName {
  std::string file;  // "src/app"
  std::string function;
};
HandlerName split_handler(const FunctionConfig& function, Dot dot);

// Variables of a plan by name.
const std::string* find_variable(const LaunchPlan& plan, std::string_view name);
void set_variable(LaunchPlan& plan, std::string_view name, std::string value);

// One file a runtime.
void plan_python(const FunctionConfig& function, Downloads downloads, LaunchPlan& plan);
void plan_node(const FunctionConfig& function, LaunchPlan& plan);

}  // namespace emulator
