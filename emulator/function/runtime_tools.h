// Programs that a launch plan runs while it is made: interpreters that tell their version, and
// package managers that fetch a runtime client into klambda's cache, once.
//
// Threads: any; two klambdas that start at once share the cache.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/function/process.h"
#include "emulator/function/runtimes.h"

namespace emulator {

// What `program arguments…` prints when it is run as the function would be. Starting an interpreter
// costs 20 to 200 ms, so the answer is kept in `cache` until the program's file changes; that of a
// version manager's script, which answers differently from one folder to the next, is not. Empty:
// it does not run.
std::string tool_answer(const LaunchPlan& plan, const std::filesystem::path& program,
                        const std::vector<std::string>& arguments,
                        const std::filesystem::path& cache);

// "#!" stands at the beginning.
bool is_script(const std::filesystem::path& path);
// Nanoseconds of some clock; 0: there is no such file.
long long modified(const std::filesystem::path& path);

// klambda's own variables: proxies, mirrors and certificates of a package manager.
std::vector<std::pair<std::string, std::string>> own_environment();

// Runs a package manager, saying what it installs ("Lambda's Python client"), for five minutes at
// most.
ToolResult run_installer(const FunctionConfig& function, const std::string& what,
                         const LaunchPlan& installer);
// "mvn -q …", for messages.
std::string command_line(const LaunchPlan& plan);
// Of a failed installation's output: its first line that begins so, else its first line.
std::string error_line(const std::string& output, std::string_view begins);

// The folder `name` of the cache, filled by `install(temporary folder)` unless `marker` is in it
// already. `install` throws ConfigError.
std::filesystem::path install_once(
    const FunctionConfig& function, const std::filesystem::path& cache, const std::string& name,
    const std::string& marker, const std::function<void(const std::filesystem::path&)>& install);

}  // namespace emulator
