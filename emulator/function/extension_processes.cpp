#include "emulator/function/extension_processes.h"

#include <signal.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <variant>

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReadBytes = 16 * 1024;

constexpr std::array<std::string_view, 10> kOfTheRuntimeOnly{
    "AWS_EXECUTION_ENV",          "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",           "_AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_PORT",      "_HANDLER"};

}  // namespace

std::vector<ExtensionFile> find_extensions(const FunctionConfig& function,
                                           const std::vector<fs::path>& more) {
  std::vector<ExtensionFile> files;
  if (!function.opt_dir.empty()) {
    std::error_code error;
    for (fs::directory_iterator entry(function.opt_dir / "extensions", error), end;
         !error && entry != end; entry.increment(error)) {
      std::error_code unreadable;
      // As AWS's RIE: every file is taken for a program, and one that is none fails the init.
      if (!entry->is_directory(unreadable))
        files.push_back({entry->path().filename().string(), entry->path()});
    }
  }
  for (const auto& path : more) files.push_back({path.filename().string(), path});
  std::sort(files.begin(), files.end(),
            [](const auto& left, const auto& right) { return left.name < right.name; });
  const auto twice = std::adjacent_find(
      files.begin(), files.end(),
      [](const auto& left, const auto& right) { return left.name == right.name; });
  if (twice != files.end()) {
    throw ConfigError(function.where + ": function " + function.name +
                      ": two extensions are named " + twice->name + " (" + twice->path.string() +
                      ", " + std::next(twice)->path.string() + "): rename one");
  }
  return files;
}

LaunchPlan extension_plan(const LaunchPlan& runtime, const ExtensionFile& file) {
  LaunchPlan plan;
  plan.executable = file.path;
  plan.working_directory = runtime.working_directory;
  for (const auto& variable : runtime.environment)
    if (!is_one_of(kOfTheRuntimeOnly, variable.first)) plan.environment.push_back(variable);
  return plan;
}

std::optional<ExtensionProcesses::LaunchFailed> ExtensionProcesses::launch(
    const std::vector<ExtensionFile>& files, const LaunchPlan& runtime,
    const std::string& runtime_api, const std::function<bool()>& begin) {
  buffer_.resize(kReadBytes);
  for (const auto& file : files) {
    auto launched = Process::launch(extension_plan(runtime, file),
                                    {{"AWS_LAMBDA_RUNTIME_API", runtime_api}}, begin);
    if (auto* failure = std::get_if<LaunchFailure>(&launched)) {
      if (failure->given_up) return LaunchFailed{file.name, {}, {}, true};
      const bool permitted = ::access(file.path.c_str(), X_OK) == 0;
      if (!permitted) failure->message += ": chmod +x it";
      return LaunchFailed{file.name, permitted ? "UnknownError" : "PermissionDenied",
                          "extension " + file.name + ": " + std::move(failure->message)};
    }
    Member member;
    member.name = file.name;
    member.process = std::move(std::get<std::unique_ptr<Process>>(launched));
    members_.push_back(std::move(member));
  }
  return std::nullopt;
}

void ExtensionProcesses::add_to(std::vector<pollfd>& fds) const {
  for (const auto& member : members_) {
    if (member.output_open) fds.push_back({member.process->output_fd(), POLLIN, 0});
    if (!member.ended) fds.push_back({member.process->exit_fd(), POLLIN, 0});
  }
}

bool ExtensionProcesses::ends_can_be_polled() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const Member& each) { return each.process->exit_fd() != -1; });
}

std::optional<std::string_view> ExtensionProcesses::read(Member& member) {
  if (!member.output_open) return std::nullopt;
  const auto got = ::read(member.process->output_fd(), buffer_.data(), buffer_.size());
  if (got > 0) return std::string_view(buffer_.data(), static_cast<std::size_t>(got));
  if (got == 0 || (errno != EAGAIN && errno != EINTR)) member.output_open = false;
  return std::nullopt;
}

std::optional<ExtensionProcesses::Ended> ExtensionProcesses::next_ended() {
  for (auto& member : members_) {
    if (member.ended || !member.process->has_ended()) continue;
    member.ended = true;
    return Ended{member.name, member.process->reap()};
  }
  return std::nullopt;
}

bool ExtensionProcesses::all_ended() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const Member& each) { return each.ended || each.process->has_ended(); });
}

void ExtensionProcesses::kill_all_but(const std::vector<std::string>& names) {
  for (const auto& member : members_) {
    if (std::find(names.begin(), names.end(), member.name) == names.end())
      member.process->kill_group();
  }
}

void ExtensionProcesses::end_all() {
  for (const auto& member : members_) member.process->kill_group();
  for (auto& member : members_) {
    member.process->reap();
    member.ended = true;
  }
}

void ExtensionProcesses::set_stopped(bool stopped) {
  if (std::exchange(stopped_, stopped) == stopped) return;
  for (const auto& member : members_) {
    if (!member.ended) member.process->signal_group(stopped ? SIGSTOP : SIGCONT);
  }
}

}  // namespace emulator
