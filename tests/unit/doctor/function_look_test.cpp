// Functions that could be started, and those that could not.
#include "emulator/doctor/function_look.h"

#include <optional>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

using namespace emulator;

namespace {

FunctionConfig function_in(const TemporaryDirectory& directory) {
  FunctionConfig function;
  function.name = "Orders";
  function.code_dir = directory.path();
  function.where = "template.yaml:4";
  return function;
}

}  // namespace

TEST_CASE("doctor: a bootstrap that can be started is good") {
  const TemporaryDirectory directory;
  const auto program = directory.write_program("bootstrap", "#!/bin/sh\n");
  PackageStore packages(std::nullopt);
  auto function = function_in(directory);
  function.runtime = "provided.al2023";
  const auto check = look_at_function(function, packages);
  CHECK(check.state == Check::State::Good);
  CHECK(check.text.find(program.string()) != std::string::npos);
}

TEST_CASE("doctor: a handler that is not there is named, with how to mend it and where") {
  const TemporaryDirectory directory;
  PackageStore packages(std::nullopt);
  auto function = function_in(directory);
  function.runtime = "python3.12";
  function.handler = "app.handler";
  const auto check = look_at_function(function, packages);
  CHECK(check.state == Check::State::Bad);
  CHECK(check.text == "Handler 'app.handler' names " + (directory.path() / "app.py").string() +
                          ", which does not exist");
  CHECK(check.remedy == "correct Handler or CodeUri (template.yaml:4)");
}

TEST_CASE("doctor: code that is not there is named") {
  const TemporaryDirectory directory;
  PackageStore packages(std::nullopt);
  auto function = function_in(directory);
  function.runtime = "nodejs22.x";
  function.code_dir = directory.path() / "gone";
  const auto check = look_at_function(function, packages);
  CHECK(check.state == Check::State::Bad);
  CHECK(check.text.find("gone") != std::string::npos);
}
