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

// What a plan may do, and what it refuses.
struct PlanRules {
  Downloads downloads = Downloads::Forbidden;
  Strictness strictness = Strictness::Lenient;
};

// "template.yaml:12: function Orders: <text>". Never returns.
[[noreturn]] void fail_function(const FunctionConfig& function, const std::string& text);
// The same as a warning.
void warn_function(const FunctionConfig& function, const std::string& text);
// What runs here but not on AWS: a warning, or with --strict an error.
void warn_or_fail(const FunctionConfig& function, Strictness strictness, const std::string& text);

// An interpreter that was found for a runtime.
struct FoundInterpreter {
  std::string_view language;  // "Python"
  std::string version;        // "3.11"; empty: it does not say
  std::string wanted;         // "3.12"; empty: the runtime names none
  std::filesystem::path program;
};
// Another version than the runtime's runs with a warning, or is refused by --strict.
void check_version(const FunctionConfig& function, Strictness strictness,
                   const FoundInterpreter& found);

bool is_executable_file(const std::filesystem::path& path);
// Searches klambda's own PATH; absolute.
std::vector<std::filesystem::path> find_all_on_path(std::string_view program);
std::optional<std::filesystem::path> find_on_path(std::string_view program);
std::string search_path();  // klambda's own PATH, for messages
// The program that the function's runtime needs; throws ConfigError, which ends with the cure.
std::filesystem::path require_on_path(const FunctionConfig& function, const std::string& program,
                                      const std::string& cure);

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
// Behind what a search path has already.
void append_folder(LaunchPlan& plan, std::string_view name, const std::filesystem::path& folder);

// One file a runtime.
void plan_python(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan);
void plan_node(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan);
void plan_java(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan);
void plan_ruby(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan);
void plan_dotnet(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan);
void plan_provided(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan);
void plan_image(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan);

}  // namespace emulator
