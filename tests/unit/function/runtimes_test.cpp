// How each runtime's start is planned, and the one line for each way in which it cannot be.
// Interpreters are stand-ins.
#include "emulator/function/runtimes.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "emulator/function/node_client.h"
#include "tests/support/catch.h"
#include "tests/unit/function/function_rig.h"

using namespace function_test;
using emulator::ConfigError;
using emulator::Downloads;
using emulator::LaunchPlan;

namespace {

// PATH, cache and virtual environment of this test alone.
class Machine {
 public:
  Machine() {
    keep("PATH");
    keep("XDG_CACHE_HOME");
    keep("VIRTUAL_ENV");
    ::setenv("PATH", (directory_.path() / "bin").c_str(), 1);
    ::setenv("XDG_CACHE_HOME", (directory_.path() / "cache").c_str(), 1);
    ::unsetenv("VIRTUAL_ENV");
    std::filesystem::create_directories(code());
  }
  ~Machine() {
    for (const auto& [name, value] : kept_) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }

  std::filesystem::path code() const { return directory_.path() / "project" / "src"; }
  std::filesystem::path bin() const { return directory_.path() / "bin"; }
  std::filesystem::path cache() const {
    return directory_.path() / "cache" / "klambda" / "runtimes";
  }
  std::filesystem::path write(const std::string& name, const std::string& text = "x") const {
    return directory_.write(name, text);
  }
  std::filesystem::path program(const std::string& name,
                                const std::string& text = "#!/bin/sh\n") const {
    return directory_.write_program(name, text);
  }
  // A Python that answers the probe; pip makes the client's folder, or fails.
  std::filesystem::path python(const std::string& name, const std::string& version, bool has_client,
                               const std::string& pip = "/bin/mkdir -p \"$8/awslambdaric\"") const {
    const auto path = directory_.path() / name;
    return program(name, "#!/bin/sh\nif [ \"$1\" = -c ]; then echo probed >> '" +
                             (directory_.path() / "calls").string() +
                             "'\nprintf 'noise\\nklambda-probe\\n" + version + "\\n" +
                             path.string() + "\\n" + (has_client ? "1" : "0") +
                             "\\n/\\n'; exit 0; fi\necho \"pip $*\" >> '" +
                             (directory_.path() / "calls").string() + "'\n" + pip + "\n");
  }
  std::string calls() const {
    std::ifstream file(directory_.path() / "calls");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  FunctionConfig function(const std::string& runtime,
                          const std::string& handler = "app.handler") const {
    auto function = raw_function(code());
    function.command.clear();
    function.runtime = runtime;
    function.handler = handler;
    return function;
  }

 private:
  void keep(const std::string& name) {
    const char* value = ::getenv(name.c_str());
    kept_.emplace_back(name, value != nullptr ? std::optional<std::string>(value) : std::nullopt);
  }

  TemporaryDirectory directory_;
  std::vector<std::pair<std::string, std::optional<std::string>>> kept_;
};

std::string error_of(const FunctionConfig& function, Downloads downloads = Downloads::Allowed) {
  try {
    emulator::plan_launch(function, downloads);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

std::string variable(const LaunchPlan& plan, const std::string& name) {
  for (const auto& [key, value] : plan.environment) {
    if (key == name) return value;
  }
  return {};
}

const std::string kWhere = "template.yaml:7: function Orders: ";

}  // namespace

TEST_CASE("a code directory that is missing, no directory or unreadable") {
  Machine machine;
  auto function = machine.function("python3.12");
  function.code_dir = "/no/such/place";
  CHECK(error_of(function) ==
        kWhere + "code directory /no/such/place does not exist: correct CodeUri (or --code)");
  function.code_dir = machine.write("file");
  CHECK(contains(error_of(function), "is not a directory: CodeUri"));
  if (::geteuid() != 0) {  // root may read anything
    function.code_dir = machine.code();
    ::chmod(machine.code().c_str(), 0);
    CHECK(contains(error_of(function), "cannot be read by this user"));
    ::chmod(machine.code().c_str(), 0755);
  }
}

TEST_CASE("an unknown or missing runtime") {
  Machine machine;
  CHECK(contains(
      error_of(machine.function("cobol85")),
      kWhere + "Runtime 'cobol85' is unknown: klambda starts python3.*, nodejs* and provided.*"));
  CHECK(contains(error_of(machine.function("")), "Runtime is missing"));
  CHECK(contains(error_of(machine.function("")), "Metadata: {klambda: {Command:"));
}

TEST_CASE("provided runtimes start bootstrap") {
  Machine machine;
  const auto function = machine.function("provided.al2023");
  const auto path = (machine.code() / "bootstrap").string();
  CHECK(contains(error_of(function), kWhere + "Couldn't find valid bootstrap(s): [" + path + "]"));
  machine.write("project/src/bootstrap");
  CHECK(error_of(function) == kWhere + "bootstrap is not executable: chmod +x " + path);
  machine.program("project/src/bootstrap");
  const auto plan = emulator::plan_launch(function, Downloads::Forbidden);
  CHECK(plan.executable == path);
  CHECK(plan.arguments.empty());
  CHECK(plan.working_directory == machine.code());
  CHECK(variable(plan, "LAMBDA_TASK_ROOT") == machine.code().string());
}

TEST_CASE("a command is found absolute, in the code directory, or on PATH") {
  Machine machine;
  auto function = machine.function("");
  const auto on_path = machine.program("bin/tool");
  const auto plan_of = [&](std::vector<std::string> command) {
    function.command = std::move(command);
    return emulator::plan_launch(function, Downloads::Forbidden);
  };
  CHECK(plan_of({on_path.string(), "--flag", "a b"}).arguments ==
        std::vector<std::string>{"--flag", "a b"});
  CHECK(plan_of({"tool"}).executable == on_path);
  const auto in_code = machine.program("project/src/tool");
  CHECK(plan_of({"tool"}).executable == in_code);
  CHECK(plan_of({"./tool"}).executable.lexically_normal() == in_code);
  function.command = {"./gone"};
  CHECK(contains(error_of(function), "gone does not exist"));
  machine.write("project/src/data");
  function.command = {"./data"};
  CHECK(contains(error_of(function), "is not an executable file: chmod +x it"));
  function.command = {"nowhere"};
  CHECK(contains(error_of(function), "Command 'nowhere' was found neither in " +
                                         machine.code().string() + " nor on PATH"));
}

TEST_CASE("a handler's file must exist") {
  Machine machine;
  machine.python("bin/python3.12", "3.12", true);
  machine.program("bin/node");
  CHECK(error_of(machine.function("python3.12")) ==
        kWhere + "Handler 'app.handler' names " + (machine.code() / "app.py").string() +
            ", which does not exist: correct Handler or CodeUri");
  CHECK(
      contains(error_of(machine.function("nodejs22.x", "index.handler")),
               (machine.code() / "index").string() + ".js (or .mjs, .cjs), which does not exist"));
  CHECK(contains(error_of(machine.function("python3.12", "app")),
                 "is not of the form file.function"));
  CHECK(contains(error_of(machine.function("python3.12", "")), "Handler is missing"));
  machine.write("project/src/index.ts");
  CHECK(contains(error_of(machine.function("nodejs22.x", "index.handler")),
                 "compile index.ts first"));
}

TEST_CASE("handlers in folders, packages and every kind of file") {
  Machine machine;
  machine.python("bin/python3.12", "3.12", true);
  machine.program("bin/node");
  machine.write("project/src/pkg/__init__.py");
  machine.write("project/src/pkg/orders.py");
  machine.write("project/src/compiled.cpython-312-x86_64-linux-gnu.so");
  for (const char* handler :
       {"pkg.handler", "pkg.orders.handler", "pkg/orders.handler", "compiled.handler"}) {
    CHECK(emulator::plan_launch(machine.function("python3.12", handler), Downloads::Forbidden)
              .arguments.back() == handler);
  }
  machine.write("project/src/a.mjs");
  machine.write("project/src/dist/b.cjs");
  for (const char* handler : {"a.handler", "dist/b.handler", "a.nested.handler"}) {
    CHECK(emulator::plan_launch(machine.function("nodejs22.x", handler), Downloads::Forbidden)
              .arguments.back() == handler);
  }
}

TEST_CASE("Python: which interpreter") {
  Machine machine;
  machine.write("project/src/app.py");
  const auto function = machine.function("python3.12");
  CHECK(contains(error_of(function), "needs python3.12 or python3 on PATH"));
  const auto any = machine.python("bin/python3", "3.11", true);
  CHECK(emulator::plan_launch(function, Downloads::Forbidden).executable == any);
  const auto exact = machine.python("bin/python3.12", "3.12", true);
  CHECK(emulator::plan_launch(function, Downloads::Forbidden).executable == exact);
  const auto active = machine.python("env/bin/python", "3.12", true);
  ::setenv("VIRTUAL_ENV", active.parent_path().parent_path().c_str(), 1);
  CHECK(emulator::plan_launch(function, Downloads::Forbidden).executable == active);
  const auto above = machine.python("project/.venv/bin/python", "3.12", true);
  CHECK(emulator::plan_launch(function, Downloads::Forbidden).executable == above);
  const auto beside = machine.python("project/src/venv/bin/python", "3.12", true);
  const auto plan = emulator::plan_launch(function, Downloads::Forbidden);
  CHECK(plan.executable == beside);
  CHECK(plan.arguments == std::vector<std::string>{"-m", "awslambdaric", "app.handler"});
  CHECK(variable(plan, "PYTHONUNBUFFERED") == "1");
  CHECK(variable(plan, "PYTHONPATH").empty());
}

TEST_CASE("Python: the client is installed once") {
  Machine machine;
  machine.write("project/src/app.py");
  const auto python = machine.python("bin/python3.12", "3.12", false);
  auto function = machine.function("python3.12");
  const auto folder = (machine.cache() / "python3.12-awslambdaric-4.2.2").string();
  CHECK(error_of(function, Downloads::Forbidden) ==
        kWhere + python.string() +
            " has no module awslambdaric and --offline forbids to install it: run " +
            python.string() + " -m pip install --target " + folder + " awslambdaric==4.2.2");
  CHECK(variable(emulator::plan_launch(function, Downloads::Allowed), "PYTHONPATH") == folder);
  CHECK(contains(machine.calls(),
                 "pip -m pip install --no-input --disable-pip-version-check -q --target"));
  function.environment["PYTHONPATH"] = "lib";
  const auto before = machine.calls();
  CHECK(variable(emulator::plan_launch(function, Downloads::Forbidden), "PYTHONPATH") ==
        "lib:" + folder);
  CHECK_FALSE(contains(machine.calls().substr(before.size()), "pip"));
}

TEST_CASE("Python: an installation that fails") {
  Machine machine;
  machine.write("project/src/app.py");
  machine.python("bin/python3.12", "3.12", false, "echo 'No module named pip'; exit 1");
  CHECK(contains(error_of(machine.function("python3.12")),
                 "has no pip to install awslambdaric==4.2.2 with: install python3-pip"));
  machine.python("bin/python3.12", "3.12", false, "echo 'ERROR: no network'; exit 1");
  CHECK(contains(error_of(machine.function("python3.12")),
                 "cannot install awslambdaric==4.2.2 (ERROR: no network)"));
  for (const auto& entry : std::filesystem::directory_iterator(machine.cache())) {
    CHECK_FALSE(entry.is_directory());
  }
}

TEST_CASE("Python: an interpreter that does not run") {
  Machine machine;
  machine.write("project/src/app.py");
  machine.program("bin/python3.12", "#!/bin/sh\necho 'bad ELF'\nexit 1\n");
  CHECK(contains(error_of(machine.function("python3.12")),
                 "no interpreter for python3.12 runs (" + (machine.bin() / "python3.12").string() +
                     ": bad ELF): mend it"));
  // A version manager's stand-in for a version that is not chosen; the next one serves.
  const auto other = machine.python("bin/python3", "3.11", true);
  CHECK(emulator::plan_launch(machine.function("python3.12"), Downloads::Forbidden).executable ==
        other);
}

TEST_CASE("Node: the official client where it is, else klambda's own") {
  Machine machine;
  machine.write("project/src/index.js");
  const auto function = machine.function("nodejs22.x", "index.handler");
  CHECK(contains(error_of(function), "runtime nodejs22.x needs 'node', which is not on PATH"));
  const auto node = machine.program("bin/node");
  const auto own = emulator::plan_launch(function, Downloads::Forbidden);
  CHECK(own.executable == node);
  REQUIRE(own.arguments.size() == 2);
  CHECK(own.arguments[1] == "index.handler");
  std::ifstream written(own.arguments[0]);
  const std::string text{std::istreambuf_iterator<char>(written), {}};
  CHECK(text == emulator::node_client_text());

  machine.write("cache/klambda/runtimes/node_modules/aws-lambda-ric/package.json",
                R"({"bin":"bin/index.mjs"})");
  const auto cached =
      machine.write("cache/klambda/runtimes/node_modules/aws-lambda-ric/bin/index.mjs");
  CHECK(emulator::plan_launch(function, Downloads::Forbidden).arguments[0] == cached.string());
  machine.write("project/src/node_modules/aws-lambda-ric/package.json",
                R"({"bin":{"aws-lambda-ric":"./bin/i.js"}})");
  const auto local = machine.write("project/src/node_modules/aws-lambda-ric/bin/i.js");
  CHECK(emulator::plan_launch(function, Downloads::Forbidden).arguments[0] == local.string());
}

TEST_CASE("a cache that cannot be written") {
  Machine machine;
  machine.write("project/src/index.js");
  machine.program("bin/node");
  ::setenv("XDG_CACHE_HOME", machine.write("not-a-directory").c_str(), 1);
  CHECK(contains(error_of(machine.function("nodejs22.x", "index.handler")), "set XDG_CACHE_HOME"));
}
