// Functions that are container images: run by the engine's own command on this machine (docker,
// podman or nerdctl), one container an environment. The image brings the runtime client
// (docs images-create.html).
//
// What becomes of the container when its environment ends, also by kill -9 of klambda: the engine's
// client runs in the environment's process group, which is killed; that closes a pipe whose other
// end a keeper outside the group reads, and the keeper removes the container.
#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/config/text.h"
#include "emulator/function/process.h"
#include "emulator/function/program_file.h"
#include "emulator/function/runtime_files.h"
#include "emulator/function/runtime_tools.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Variables = std::vector<std::pair<std::string, std::string>>;

constexpr auto kEngines = std::to_array<const char*>({"docker", "podman", "nerdctl"});
constexpr std::chrono::seconds kLookLimit{30};
constexpr std::chrono::seconds kPullLimit{900};
constexpr const char* kNetwork = "host";  // the Runtime API listens on 127.0.0.1
#ifdef __linux__
constexpr const char* kHost = "";  // as the environment says
#else
// Engines run in a machine of their own there, which forwards this name to our loopback.
constexpr const char* kHost = "host.docker.internal";
#endif

// Arguments: engine, beginning of the container's name, host of the Runtime API or empty, and those
// of the engine's `run`. The name ends with the log stream's, which no other environment has. A
// container that ended by a signal (128 and its number) ends this script by it too. The keeper
// removes twice: a container may be about to be created when its client is killed.
constexpr const char* kScript = R"sh(
engine=$1 name=$2-${AWS_LAMBDA_LOG_STREAM_NAME##*]} host=$3
shift 3
[ -z "$host" ] || export AWS_LAMBDA_RUNTIME_API="$host:${AWS_LAMBDA_RUNTIME_API##*:}"
trap '' TERM
detached() {
  if command -v setsid >/dev/null; then setsid "$@"
  else perl -MPOSIX -e 'POSIX::setsid(); exec @ARGV' "$@"; fi
}
exec 3>&1
contain() {
  "$engine" run --name "$name" "$@" </dev/null >&3 2>&3 3>&- 4>&-
  echo $? >&4
}
keep() {
  exec 5<&0 3>&- 4>&- >/dev/null 2>&1
  detached sh -c 'cat; "$0" rm -f "$1"; sleep 1; "$0" rm -f "$1"' "$engine" "$name" <&5 5<&- &
}
code=$({ contain "$@" | keep; } 4>&1)
trap - TERM
[ "$code" -le 128 ] || kill "-$((code - 128))" $$
exit "$code"
)sh";

// What the engine's command reads of klambda's own environment.
bool is_engines(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"PATH", "HOME", "TMPDIR", "USER", "LOGNAME", "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS"});
  constexpr auto kPrefixes =
      std::to_array<std::string_view>({"DOCKER_", "CONTAINER", "BUILDAH_", "NERDCTL_", "XDG_"});
  return is_one_of(kNames, name) ||
         std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// Of those, what a function may have too, and what is no secret to whoever lists processes.
bool may_be_seen(std::string_view name) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"PATH", "HOME", "TMPDIR", "USER", "LOGNAME"});
  return is_one_of(kNames, name);
}

LaunchPlan engine_plan(const fs::path& engine, std::vector<std::string> arguments) {
  LaunchPlan plan;
  plan.executable = engine;
  plan.arguments = std::move(arguments);
  plan.working_directory = "/";
  plan.environment = own_environment();
  return plan;
}

// What an image says of itself; nullopt: it is not on this machine. `problem`: the engine does not
// work.
std::optional<json> inspect(const fs::path& engine, const std::string& image,
                            std::string& problem) {
  const auto result = run_tool(
      engine_plan(engine, {"image", "inspect", "--format", "{{json .}}", image}), kLookLimit);
  if (result.succeeded()) {
    // Warnings may stand before it.
    const auto begin = result.output.find('{');
    auto about =
        json::parse(result.output.substr(std::min(begin, result.output.size())), nullptr, false);
    if (about.is_object()) return about;
    problem = error_line(result.output, "");
    return std::nullopt;
  }
  const auto said = lower_case(result.output);
  const bool missing = said.find("no such image") != std::string::npos ||
                       said.find("no such object") != std::string::npos ||
                       said.find("image not known") != std::string::npos ||
                       said.find("not found") != std::string::npos;
  if (!missing) problem = one_line(error_line(result.output, ""));
  return std::nullopt;
}

struct FoundImage {
  fs::path engine;
  std::optional<json> about;  // nullopt: the image is not there yet
};

FoundImage find_image(const FunctionConfig& function) {
  std::string problems;
  for (const char* name : kEngines) {
    const auto engine = find_on_path(name);
    if (!engine) continue;
    std::string problem;
    auto about = inspect(*engine, function.image_uri, problem);
    if (problem.empty()) return {*engine, std::move(about)};
    problems.append(problems.empty() ? "" : "; ").append(engine->string() + ": " + problem);
  }
  fail_function(
      function,
      "is a container image (" + function.image_uri + "), and " +
          (problems.empty() ? "none of docker, podman and nerdctl is on PATH (" + search_path() +
                                  "): install one of them"
                            : "no container engine works here (" + problems + "): start one") +
          ", or give the function CodeUri, Handler and Runtime");
}

void pull(const FunctionConfig& function, PlanRules rules, FoundImage& found) {
  const auto& image = function.image_uri;
  const std::string cure = "build it with sam build, or with " + found.engine.filename().string() +
                           " build -t " + image + ", or correct ImageUri";
  if (rules.downloads == Downloads::Forbidden) {
    fail_function(function, "image " + image +
                                " is not on this machine and --offline forbids to "
                                "pull it: " +
                                cure);
  }
  log::info("[{}] pulls image {}", function.name, image);
  const auto result = run_tool(engine_plan(found.engine, {"pull", image}), kPullLimit);
  std::string problem;
  if (result.succeeded()) found.about = inspect(found.engine, image, problem);
  if (found.about) return;
  fail_function(function,
                "image " + image + " is not on this machine and cannot be pulled (" +
                    one_line(problem.empty() ? error_line(result.output, "Error") : problem) +
                    "): " + cure);
}

std::vector<std::string> texts(const json& object, const char* member) {
  if (!object.is_object() || !object.contains(member) || !object[member].is_array()) return {};
  return object[member].get<std::vector<std::string>>();
}

void check_architecture(const FunctionConfig& function, Strictness strictness, const json& about) {
  auto built_for = about.value("Architecture", "");
  if (built_for == "amd64") built_for = "x86_64";
  if (built_for.empty()) return;
  const auto machine = machine_architecture();
  if (built_for != machine && !can_emulate(built_for)) {
    fail_function(function, "image " + function.image_uri + " is built for " + built_for +
                                ", this machine is " + machine + ": build it for " + machine);
  }
  if (function.architecture.empty() || function.architecture == built_for) return;
  warn_or_fail(function, strictness,
               "image " + function.image_uri + " is built for " + built_for +
                   ", which Architectures: [" + function.architecture +
                   "] does not start on AWS: build it for " + function.architecture +
                   ", or correct Architectures");
}

// Names only: the values are in the environment of the engine's command, not on its command line,
// which everybody on the machine may read.
void add_variables(const FunctionConfig& function, LaunchPlan& plan,
                   std::vector<std::string>& arguments) {
  Variables own;
  for (auto& variable : own_environment()) {
    if (is_engines(variable.first)) own.push_back(std::move(variable));
  }
  std::string dropped;
  Variables theirs;
  for (auto& [name, value] : plan.environment) {
    if (!is_engines(name)) {
      arguments.insert(arguments.end(), {"--env", name});
      theirs.emplace_back(name, std::move(value));
    } else if (may_be_seen(name)) {
      arguments.insert(arguments.end(), {"--env", name + "=" + value});
    } else {
      dropped.append(dropped.empty() ? "" : ", ").append(name);
    }
  }
  // Each environment has these of its own.
  for (const char* name : {"AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_LOG_STREAM_NAME"})
    arguments.insert(arguments.end(), {"--env", name});
  if (!dropped.empty()) {
    warn_function(function,
                  "variables of the container engine itself do not reach the container: " +
                      dropped + ": give them other names");
  }
  plan.environment = std::move(own);
  plan.environment.insert(plan.environment.end(), theirs.begin(), theirs.end());
}

}  // namespace

void plan_image(const FunctionConfig& function, PlanRules rules, LaunchPlan& plan) {
  auto found = find_image(function);
  if (!found.about && rules.downloads != Downloads::Later) pull(function, rules, found);
  json config;
  if (found.about) {
    check_architecture(function, rules.strictness, *found.about);
    config = found.about->value("Config", json::object());
  }
  // --entrypoint makes the engine forget the image's command; Lambda keeps it.
  const auto& entry_point = function.image.entry_point;
  auto command = function.image.command;
  if (command.empty()) command = texts(config, "Cmd");
  if (!command.empty()) set_variable(plan, "_HANDLER", command.front());

  std::vector<std::string> arguments{"--rm", "--pull", "never", "--label",
                                     "klambda=" + function.name};
  if (*kHost == '\0') arguments.insert(arguments.end(), {"--network", kNetwork});
  add_variables(function, plan, arguments);
  if (!entry_point.empty())
    arguments.insert(arguments.end(), {"--entrypoint", entry_point.front()});
  if (!function.image.working_directory.empty())
    arguments.insert(arguments.end(), {"--workdir", function.image.working_directory});
  arguments.push_back(function.image_uri);
  if (!entry_point.empty())
    arguments.insert(arguments.end(), entry_point.begin() + 1, entry_point.end());
  arguments.insert(arguments.end(), command.begin(), command.end());

  plan.working_directory = "/";
  plan.executable = "/bin/sh";
  plan.arguments = {
      "-c", kScript, "klambda-container", found.engine.string(), "klambda-" + function.name, kHost};
  plan.arguments.insert(plan.arguments.end(), arguments.begin(), arguments.end());
}

}  // namespace emulator
