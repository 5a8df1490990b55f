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
#include "tests/support/text_of.h"
#include "tests/unit/function/machine.h"

using namespace function_test;

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
      kWhere + "Runtime 'cobol85': no such runtime: klambda starts python3.*, nodejs*, java*"));
  CHECK(contains(error_of(machine.function("go1.x")),
                 "Lambda has it no more: build the program under the name bootstrap"));
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
  CHECK(text_of(own.arguments[0]) == emulator::node_client_text());

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

TEST_CASE("layers: Python's modules, also the handler's own, behind the function's") {
  Machine machine;
  machine.python("bin/python3.12", "3.12", true);
  auto function = machine.function("python3.12", "wrapper.handler");
  CHECK(contains(error_of(function), "does not exist"));
  const auto opt = machine.write("opt/python/wrapper.py").parent_path().parent_path();
  function.opt_dir = opt;
  function.environment["PYTHONPATH"] = "/mine:/opt/more";
  const auto plan = emulator::plan_launch(function, Downloads::Forbidden);
  CHECK(variable(plan, "PYTHONPATH") == "/mine:" + opt.string() + "/more:" + opt.string() +
                                            "/python/lib/python3.12/site-packages:" + opt.string() +
                                            "/python");
}

TEST_CASE("layers: a Node handler by its path below /opt") {
  Machine machine;
  machine.program("bin/node");
  auto function = machine.function("nodejs22.x", "/opt/nodejs/wrapper.handler");
  CHECK(contains(error_of(function), "does not exist"));
  function.opt_dir = machine.write("opt/nodejs/wrapper.js").parent_path().parent_path();
  const auto plan = emulator::plan_launch(function, Downloads::Forbidden);
  CHECK(plan.arguments[1] == (function.opt_dir / "nodejs" / "wrapper.handler").string());
}

TEST_CASE("a wrapper script gets the runtime's command") {
  Machine machine;
  machine.write("project/src/index.js");
  const auto node = machine.program("bin/node");
  auto function = machine.function("nodejs22.x", "index.handler");
  function.opt_dir = machine.code().parent_path() / "opt";
  function.environment["AWS_LAMBDA_EXEC_WRAPPER"] = "/opt/wrap";
  // A missing one is the shell's business, as on AWS: exit status 127.
  const auto missing = emulator::plan_launch(function, Downloads::Forbidden);
  CHECK(missing.executable == "/bin/sh");
  REQUIRE(missing.arguments.size() == 6);
  CHECK(missing.arguments[2] == (function.opt_dir / "wrap").string());
  CHECK(missing.arguments[3] == node.string());
  const auto wrapper = machine.program("project/opt/wrap");
  const auto plan = emulator::plan_launch(function, Downloads::Forbidden);
  CHECK(plan.executable == wrapper);
  REQUIRE(plan.arguments.size() == 3);
  CHECK(plan.arguments[0] == node.string());
  CHECK(plan.arguments[2] == "index.handler");
}

TEST_CASE("a cache that cannot be written") {
  Machine machine;
  machine.write("project/src/index.js");
  machine.program("bin/node");
  ::setenv("XDG_CACHE_HOME", machine.write("not-a-directory").c_str(), 1);
  CHECK(contains(error_of(machine.function("nodejs22.x", "index.handler")), "set XDG_CACHE_HOME"));
}
