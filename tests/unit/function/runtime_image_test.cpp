// Container images: the engine's command line, and one line for each way in which there is none.
// The engine is a stand-in.
#include <algorithm>
#include <string>
#include <vector>

#include "emulator/function/program_file.h"
#include "tests/support/catch.h"
#include "tests/unit/function/machine.h"

using namespace function_test;
using emulator::PackageType;

namespace {

std::string docker_name_of_machine() {
  const auto machine = emulator::machine_architecture();
  return machine == "x86_64" ? "amd64" : machine;
}

FunctionConfig image_function(const Machine& machine) {
  auto function = machine.function("", "");
  function.package_type = PackageType::Image;
  function.image_uri = "orders:1";
  return function;
}

// An engine that knows the image, built for a processor.
std::filesystem::path engine(const Machine& machine, const std::string& name,
                             const std::string& architecture) {
  return machine.program(
      "bin/" + name, "#!/bin/sh\necho 'WARNING: noise'\necho '{\"Architecture\":\"" + architecture +
                         "\",\"Config\":{\"Cmd\":[\"app.handler\",\"x\"]}}'\n");
}

bool has(const LaunchPlan& plan, const std::string& argument) {
  return std::find(plan.arguments.begin(), plan.arguments.end(), argument) != plan.arguments.end();
}

// Arguments from the image's name on.
std::vector<std::string> from_image(const LaunchPlan& plan) {
  return {std::find(plan.arguments.begin(), plan.arguments.end(), "orders:1"),
          plan.arguments.end()};
}

LaunchPlan plan_of(const FunctionConfig& function) {
  return emulator::plan_launch(function, Downloads::Forbidden);
}

}  // namespace

TEST_CASE("image: no engine, or none that works") {
  Machine machine;
  const auto function = image_function(machine);
  CHECK(contains(error_of(function),
                 "is a container image (orders:1), and none of docker, podman and nerdctl is on "
                 "PATH"));
  machine.program("bin/docker", "#!/bin/sh\necho 'Cannot connect to the daemon'\nexit 1\n");
  CHECK(contains(error_of(function), "no container engine works here (" +
                                         (machine.bin() / "docker").string() +
                                         ": Cannot connect to the daemon): start one"));
  const auto podman = engine(machine, "podman", docker_name_of_machine());
  CHECK(has(plan_of(function), podman.string()));
}

TEST_CASE("image: one that is not there is pulled, or how to build it is said") {
  Machine machine;
  const auto function = image_function(machine);
  machine.program("bin/docker",
                  "#!/bin/sh\nif [ $1 = pull ]; then echo 'Error response: denied'; else echo "
                  "'Error: No such image: orders:1'; fi\nexit 1\n");
  CHECK(error_of(function, Downloads::Forbidden) ==
        kWhere +
            "image orders:1 is not on this machine and --offline forbids to pull it: build it "
            "with sam build, or with docker build -t orders:1, or correct ImageUri");
  CHECK(contains(error_of(function),
                 "cannot be pulled (Error response: denied): build it with sam build"));
  CHECK(error_of(function, Downloads::Later) == "no error");
}

TEST_CASE("image: the container's command line names variables and never their values") {
  Machine machine;
  const auto docker = engine(machine, "docker", docker_name_of_machine());
  auto function = image_function(machine);
  function.environment = {{"PASSWORD", "top secret"}, {"PATH", "/mine"}, {"DOCKER_HOST", "evil"}};
  const auto plan = plan_of(function);
  CHECK(plan.executable == "/bin/sh");
  CHECK(has(plan, docker.string()));
  CHECK(has(plan, "klambda-Orders"));
  CHECK(has(plan, "--rm"));
  for (const char* name :
       {"PASSWORD", "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_LOG_STREAM_NAME", "_HANDLER",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_SECRET_ACCESS_KEY", "PATH=/mine"}) {
    CHECK(has(plan, name));
  }
  for (const auto& argument : plan.arguments) {
    CHECK_FALSE(contains(argument, "secret"));
    CHECK_FALSE(contains(argument, "DOCKER_HOST"));
  }
  CHECK(variable(plan, "PASSWORD") == "top secret");
  CHECK(variable(plan, "PATH") == machine.bin().string());  // the engine's own
  CHECK(variable(plan, "_HANDLER") == "app.handler");
  CHECK(variable(plan, "LAMBDA_TASK_ROOT") == "/var/task");
  CHECK(variable(plan, "DOCKER_HOST") != "evil");
  CHECK(from_image(plan) == std::vector<std::string>{"orders:1", "app.handler", "x"});
}

TEST_CASE("image: ImageConfig replaces the image's own start, part by part") {
  Machine machine;
  engine(machine, "docker", docker_name_of_machine());
  auto function = image_function(machine);
  function.image.entry_point = {"/entry", "-v"};
  function.image.working_directory = "/code";
  auto plan = plan_of(function);
  CHECK(from_image(plan) == std::vector<std::string>{"orders:1", "-v", "app.handler", "x"});
  CHECK(has(plan, "--entrypoint"));
  CHECK(has(plan, "/entry"));
  CHECK(has(plan, "--workdir"));
  function.image.command = {"other.handler"};
  plan = plan_of(function);
  CHECK(from_image(plan) == std::vector<std::string>{"orders:1", "-v", "other.handler"});
  CHECK(variable(plan, "_HANDLER") == "other.handler");
}

TEST_CASE("image: one for another processor") {
  Machine machine;
  const std::string other = emulator::machine_architecture() == "arm64" ? "x86_64" : "arm64";
  auto function = image_function(machine);
  engine(machine, "docker", docker_name_of_machine());
  function.architecture = other;
  CHECK(error_of(function) == "no error");
  CHECK(contains(error_of(function, Downloads::Forbidden, Strictness::Strict),
                 "which Architectures: [" + other + "] does not start on AWS"));
  if (emulator::can_emulate(other)) return;
  engine(machine, "docker", other == "x86_64" ? "amd64" : other);
  CHECK(contains(error_of(function), "image orders:1 is built for " + other));
}
