#include "emulator/function/runtime_tools.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <system_error>

#include "emulator/function/platform.h"
#include "emulator/function/runtime_files.h"
#include "emulator/observe/log.h"

extern char** environ;

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kAnswerLimit{30};
constexpr std::chrono::seconds kInstallLimit{300};

}  // namespace

bool is_script(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 2> start{};
  file.read(start.data(), start.size());
  return start[0] == '#' && start[1] == '!';
}

long long modified(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  return error ? 0 : static_cast<long long>(time.time_since_epoch().count());
}

std::string tool_answer(const LaunchPlan& plan, const fs::path& program,
                        const std::vector<std::string>& arguments, const fs::path& cache) {
  std::error_code error;
  const auto real = fs::canonical(program, error);
  std::string key = program.string() + "|" + real.string() + "|" + std::to_string(modified(real));
  for (const auto& argument : arguments) key += "|" + std::to_string(argument.size()) + argument;
  // The key is one line of the file.
  for (auto& character : key) character = character == '\n' ? ' ' : character;
  std::ostringstream name;
  name << std::hex << std::hash<std::string>{}(key);
  const auto file_name = cache / "probes" / name.str();
  const bool keeps = !is_script(real);
  if (std::ifstream file(file_name); keeps && file) {
    std::string stored_key;
    if (std::getline(file, stored_key) && stored_key == key)
      return {std::istreambuf_iterator<char>(file), {}};
  }
  LaunchPlan tool = plan;
  tool.executable = program;
  tool.arguments = arguments;
  auto result = run_tool(tool, kAnswerLimit);
  if (!result.succeeded()) return {};
  // Without it the next start asks again.
  if (keeps) write_file_atomically(file_name, key + "\n" + result.output);
  return std::move(result.output);
}

std::vector<std::pair<std::string, std::string>> own_environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string::npos)
      variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::string command_line(const LaunchPlan& plan) {
  std::string text = plan.executable.string();
  for (const auto& argument : plan.arguments) text += " " + argument;
  return text;
}

ToolResult run_installer(const FunctionConfig& function, const std::string& what,
                         const LaunchPlan& installer) {
  log::info("[{}] installs {}, once: {}", function.name, what, command_line(installer));
  auto result = run_tool(installer, kInstallLimit);
  if (!result.exit && result.output.empty())
    result.output = "no answer within " + std::to_string(kInstallLimit.count()) + " s";
  return result;
}

std::string error_line(const std::string& output, std::string_view begins) {
  std::istringstream lines(output);
  std::string problem;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(begins)) return line;
    if (problem.empty()) problem = line;
  }
  return problem.empty() ? "it says nothing" : problem;
}

fs::path install_once(const FunctionConfig& function, const fs::path& cache,
                      const std::string& name, const std::string& marker,
                      const std::function<void(const fs::path&)>& install) {
  const auto folder = cache / name;
  std::error_code error;
  if (fs::exists(folder / marker, error)) return folder;
  const platform::Fd lock(
      ::open((cache / (name + ".lock")).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644));
  if (lock.get() == -1 || ::flock(lock.get(), LOCK_EX) != 0)
    fail_function(function, "cannot lock " + cache.string());
  if (fs::exists(folder / marker, error)) return folder;
  const auto temporary = cache / (name + "." + std::to_string(::getpid()));
  fs::remove_all(temporary, error);
  try {
    install(temporary);
  } catch (...) {
    fs::remove_all(temporary, error);
    throw;
  }
  fs::remove_all(folder, error);  // what an interrupted hand-made installation may have left
  fs::rename(temporary, folder, error);
  if (error)
    fail_function(function, "cannot install into " + folder.string() + ": " + error.message());
  return folder;
}

}  // namespace emulator
