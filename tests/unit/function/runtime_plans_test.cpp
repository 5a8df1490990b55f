// Launch plans of Ruby and .NET, whose interpreters are stand-ins here, versions of interpreters,
// packages that are not installed, and executables for another machine.
#include <string>
#include <vector>

#include "emulator/function/program_file.h"
#include "tests/support/catch.h"
#include "tests/unit/function/machine.h"

using namespace function_test;

namespace {

std::string other_architecture() {
  return emulator::machine_architecture() == "arm64" ? "x86_64" : "arm64";
}

// An executable of no content for a processor.
std::string elf_for(const std::string& architecture) {
  std::string bytes(64, '\0');
  bytes.replace(0, 6, "\177ELF\2\1");
  bytes[18] = static_cast<char>(architecture == "arm64" ? 183 : 62);
  return bytes;
}

std::string strictly(const FunctionConfig& function) {
  return error_of(function, Downloads::Forbidden, Strictness::Strict);
}

}  // namespace

TEST_CASE("Python and Node of another version run, or are refused by --strict") {
  Machine machine;
  machine.write("project/src/app.py");
  machine.write("project/src/index.js");
  const auto python = machine.python("bin/python3", "3.11", true);
  const auto node = machine.program("bin/node", "#!/bin/sh\necho v20.1.0\n");
  CHECK(error_of(machine.function("python3.12")) == "no error");
  CHECK(strictly(machine.function("python3.12")) ==
        kWhere + "runtime python3.12 needs Python 3.12, found is Python 3.11 (" + python.string() +
            "): install Python 3.12, or leave out --strict");
  CHECK(strictly(machine.function("python3.11")) == "no error");
  CHECK(strictly(machine.function("python3")) == "no error");
  CHECK(error_of(machine.function("nodejs22.x", "index.handler")) == "no error");
  CHECK(strictly(machine.function("nodejs22.x", "index.handler")) ==
        kWhere + "runtime nodejs22.x needs Node.js 22, found is Node.js 20 (" + node.string() +
            "): install Node.js 22, or leave out --strict");
  CHECK(strictly(machine.function("nodejs20.x", "index.handler")) == "no error");
  CHECK(strictly(machine.function("nodejs", "index.handler")) == "no error");
  machine.program("bin/node", "#!/bin/sh\necho v16.20.0\n");
  CHECK(contains(error_of(machine.function("nodejs22.x", "index.handler")),
                 "is too old: install Node.js 18 or newer"));
}

TEST_CASE("a bootstrap for another processor, or another than Architectures names") {
  Machine machine;
  auto function = machine.function("provided.al2023");
  const auto bootstrap =
      machine.program("project/src/bootstrap", elf_for(emulator::machine_architecture()));
  CHECK(strictly(function) == "no error");
  function.architecture = other_architecture();
  CHECK(error_of(function) == "no error");
  CHECK(contains(strictly(function), bootstrap.string() + " is built for " +
                                         emulator::machine_architecture() +
                                         ", which Architectures: [" + other_architecture() +
                                         "] does not start on AWS"));
  if (emulator::can_emulate(other_architecture())) return;
  machine.program("project/src/bootstrap", elf_for(other_architecture()));
  CHECK(error_of(function) == kWhere + bootstrap.string() + " is built for " +
                                  other_architecture() + ", this machine is " +
                                  emulator::machine_architecture() + ": build it for " +
                                  emulator::machine_architecture());
}

TEST_CASE("a bootstrap whose interpreter is not there, or that is not built yet") {
  Machine machine;
  const auto function = machine.function("provided.al2023");
  const auto bootstrap =
      machine.program("project/src/bootstrap", "#!/var/lang/bin/node\n").string();
  CHECK(error_of(function) == kWhere + bootstrap +
                                  " is a script for /var/lang/bin/node, which is not on this "
                                  "machine: install it, or correct the first line");
  machine.program("project/src/bootstrap", "#!/bin/sh\r\nexit\r\n");
  CHECK(contains(error_of(function), bootstrap + " has Windows line ends"));
  std::filesystem::remove(bootstrap);
  machine.write("project/src/go.mod");
  CHECK(contains(error_of(function), "]: build it: CGO_ENABLED=0 go build -o bootstrap in "));
  std::filesystem::remove(machine.code() / "go.mod");
  machine.write("project/src/Cargo.toml");
  CHECK(contains(error_of(function), "]: build it: cargo build --release in "));
}

TEST_CASE("layers: a bootstrap stands in one where the code has none") {
  Machine machine;
  auto function = machine.function("provided.al2023");
  function.opt_dir = machine.program("opt/bootstrap").parent_path();
  CHECK(emulator::plan_launch(function, Downloads::Forbidden).executable ==
        function.opt_dir / "bootstrap");
  machine.program("project/src/bootstrap");
  CHECK(emulator::plan_launch(function, Downloads::Forbidden).executable ==
        machine.code() / "bootstrap");
}

TEST_CASE("Ruby: the client where its gem is installed") {
  Machine machine;
  machine.write("project/src/app.rb");
  const auto function = machine.function("ruby3.3", "app.Orders.process");
  CHECK(contains(error_of(function), "runtime ruby3.3 needs 'ruby', which is not on PATH"));
  const auto ruby = [&](const std::string& client) {
    return machine.program("bin/ruby",
                           "#!/bin/sh\nprintf 'klambda-probe\\n3.3.5\\n%s\\n' '" + client + "'\n");
  };
  const auto program = ruby("");
  CHECK(error_of(function) == kWhere + program.string() +
                                  " has no gem aws_lambda_ric: run gem install aws_lambda_ric, or "
                                  "add it to the function's Gemfile");
  ruby("/gems/bin/aws_lambda_ric");
  const auto plan = emulator::plan_launch(function, Downloads::Forbidden);
  CHECK(plan.executable == program);
  CHECK(plan.arguments ==
        std::vector<std::string>{"/gems/bin/aws_lambda_ric", "app.Orders.process"});
  CHECK(variable(plan, "GEM_PATH") == (machine.code() / "vendor/bundle/ruby/3.3.0").string());
  CHECK(strictly(function) == "no error");
  CHECK(contains(strictly(machine.function("ruby3.4", "app.Orders.process")),
                 "needs Ruby 3.4, found is Ruby 3.3"));
  CHECK(contains(error_of(machine.function("ruby3.3", "gone.process")),
                 "gone.rb, which does not exist"));
}

TEST_CASE(".NET: a program starts itself, a class library by the client beside it") {
  Machine machine;
  const std::string library = "Orders::Orders.Function::Handle";
  const auto function = machine.function("dotnet8", library);
  CHECK(contains(error_of(function), "names the assembly Orders, and Orders.dll with"));
  machine.write("project/src/bin/Release/net8.0/publish/Orders.dll");
  machine.write("project/src/bin/Release/net8.0/publish/Orders.runtimeconfig.json");
  CHECK(contains(error_of(function), "runtime dotnet8 needs 'dotnet', which is not on PATH"));
  const auto dotnet =
      machine.program("bin/dotnet",
                      "#!/bin/sh\necho 'Microsoft.AspNetCore.App 8.0.1 [/usr/share]'\n"
                      "echo 'Microsoft.NETCore.App 8.0.1 [/usr/share]'\n");
  const auto folder = (machine.code() / "bin/Release/net8.0/publish/").string();
  CHECK(contains(error_of(function), "has no Amazon.Lambda.RuntimeSupport.dll"));
  machine.write("project/src/bin/Release/net8.0/publish/Amazon.Lambda.RuntimeSupport.dll");
  const auto plan = emulator::plan_launch(function, Downloads::Forbidden);
  CHECK(plan.executable == dotnet);
  CHECK(plan.arguments ==
        std::vector<std::string>{"exec", "--depsfile", folder + "Orders.deps.json",
                                 "--runtimeconfig", folder + "Orders.runtimeconfig.json",
                                 folder + "Amazon.Lambda.RuntimeSupport.dll", library});
  CHECK(emulator::plan_launch(machine.function("dotnet8", "Orders"), Downloads::Forbidden)
            .arguments == std::vector<std::string>{folder + "Orders.dll"});
  CHECK(
      contains(strictly(machine.function("dotnet10", library)), "needs .NET 10, found is .NET 8"));
}
