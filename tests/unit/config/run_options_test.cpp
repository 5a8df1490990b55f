#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "emulator/config/run_command.h"
#include "emulator/config/uuid.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/config/command_line_support.h"

using namespace emulator;
namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

namespace {

// `klambda run --code DIR …`
Arguments run_in(const TemporaryDirectory& directory, const Arguments& more) {
  Arguments arguments{"run", "--code", directory.path().string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

Application application_of(const TemporaryDirectory& directory, const Arguments& more) {
  return parsed<RunCommand>(run_in(directory, more)).application;
}

std::string mistake_of(const TemporaryDirectory& directory, const Arguments& more) {
  auto line = usage_mistake(run_in(directory, more));
  const auto path = directory.path().string();
  for (auto at = line.find(path); at != std::string::npos; at = line.find(path))
    line.replace(at, path.size(), "DIR");
  return line;
}

}  // namespace

TEST_CASE("run makes one function and one mapping with AWS's defaults") {
  const TemporaryDirectory directory;
  directory.write("orders-app/app.py", "");
  const auto code = directory.path() / "orders-app";
  const auto run = parsed<RunCommand>(
      {"run", "--code", code.string(), "--handler", "app.handler", "--topic", "orders"});
  REQUIRE(run.application.functions.size() == 1);
  const auto& function = run.application.functions[0];
  CHECK(function.name == "orders-app");
  CHECK(function.runtime == "python3");
  CHECK(function.handler == "app.handler");
  CHECK(function.code_dir == code);
  CHECK(function.timeout == std::chrono::seconds(3));
  CHECK(function.memory_mb == 128);
  REQUIRE(run.application.mappings.size() == 1);
  const auto& mapping = run.application.mappings[0];
  CHECK(mapping.name == "orders -> orders-app");
  CHECK(mapping.uuid == name_uuid(code.string() + "#orders -> orders-app"));
  CHECK(mapping.group() == mapping.uuid);
  CHECK(mapping.function_name == "orders-app");
  CHECK(mapping.topic == "orders");
  CHECK(mapping.batch_size == 100);
  CHECK(mapping.batch_window == std::chrono::milliseconds(500));
  CHECK(mapping.starting_position == StartingPosition::TrimHorizon);
  CHECK(mapping.bootstrap_servers.empty());
  CHECK_FALSE(mapping.provisioned.has_value());
}

TEST_CASE("run understands each of its flags") {
  const TemporaryDirectory directory;
  const auto application = application_of(directory, {"--handler",
                                                      "h.f",
                                                      "--runtime",
                                                      "nodejs22.x",
                                                      "--name",
                                                      "my-fn",
                                                      "--env",
                                                      "A1=x y",
                                                      "--env",
                                                      "B2=",
                                                      "--env",
                                                      "AWS_ACCESS_KEY_ID=local",
                                                      "--function-timeout",
                                                      "15m",
                                                      "--memory",
                                                      "512",
                                                      "--topic",
                                                      "t",
                                                      "--batch-size",
                                                      "7",
                                                      "--batch-window",
                                                      "0",
                                                      "--starting-position",
                                                      "AT_TIMESTAMP",
                                                      "--starting-timestamp",
                                                      "2023-11-14T22:13:20Z",
                                                      "--group",
                                                      "my group",
                                                      "--pollers",
                                                      "3"});
  const auto& function = application.functions.at(0);
  CHECK(function.name == "my-fn");
  CHECK(function.runtime == "nodejs22.x");
  CHECK(function.environment == std::map<std::string, std::string>{
                                    {"A1", "x y"}, {"B2", ""}, {"AWS_ACCESS_KEY_ID", "local"}});
  CHECK(function.timeout == std::chrono::seconds(900));
  CHECK(function.memory_mb == 512);
  const auto& mapping = application.mappings.at(0);
  CHECK(mapping.batch_size == 7);
  CHECK(mapping.batch_window == std::chrono::milliseconds(0));
  CHECK(mapping.starting_position == StartingPosition::AtTimestamp);
  CHECK(mapping.starting_timestamp_ms == 1'700'000'000'000);
  CHECK(mapping.group() == "my group");
  REQUIRE(mapping.provisioned.has_value());
  CHECK(mapping.provisioned->minimum == 3);
  CHECK(application.warnings ==
        std::vector<std::string>{
            "--function-timeout is above 840 s: AWS does not support that for Kafka triggers"});
}

TEST_CASE("run without a topic has no mapping, and a command needs neither handler nor runtime") {
  const TemporaryDirectory directory;
  const auto application = application_of(directory, {"--command", "./serve --name 'a b'"});
  CHECK(application.mappings.empty());
  CHECK(application.functions.at(0).command ==
        std::vector<std::string>{"./serve", "--name", "a b"});
}

TEST_CASE("the runtime is guessed from the handler's file") {
  const TemporaryDirectory directory;
  for (const char* file :
       {"app.py", "pkg/mod.py", "src/web.mjs", "index.js", "lib.cjs", "both.py", "both.js"}) {
    directory.write(file, "");
  }
  directory.write("own/bootstrap", "#!/bin/sh\n");
  fs::permissions(directory.path() / "own/bootstrap", fs::perms::owner_all);
  CHECK(guess_runtime(directory.path(), "app.handler") == "python3");
  CHECK(guess_runtime(directory.path(), "pkg.mod.handler") == "python3");
  CHECK(guess_runtime(directory.path(), "pkg/mod.handler") == "python3");
  CHECK(guess_runtime(directory.path(), "index.handler") == "nodejs");
  CHECK(guess_runtime(directory.path(), "index.nested.handler") == "nodejs");
  CHECK(guess_runtime(directory.path(), "src/web.handler") == "nodejs");
  CHECK(guess_runtime(directory.path(), "lib.handler") == "nodejs");
  CHECK(guess_runtime(directory.path() / "own", "any.thing") == "provided");
  CHECK(guess_runtime(directory.path() / "own", "") == "provided");
  CHECK_THROWS_AS(guess_runtime(directory.path(), "both.handler"), ConfigError);
}

TEST_CASE("mistakes in run's flags are one line") {
  const TemporaryDirectory directory;
  directory.write("app.py", "");
  directory.write("both.py", "");
  directory.write("both.mjs", "");
  const std::vector<std::pair<Arguments, std::string>> table{
      {{},
       "--handler is missing: name it as FILE.FUNCTION, for instance --handler app.handler (DIR "
       "has no bootstrap either)"},
      {{"--runtime", "python3.12"},
       "--handler is missing: name it as FILE.FUNCTION, for instance --handler app.handler"},
      {{"--handler", "nope.handler"},
       "--handler nope.handler: found none of nope.py, nope.js, nope.mjs, nope.cjs, bootstrap in "
       "DIR: check --handler "
       "FILE.FUNCTION and --code, or give --runtime or --command"},
      {{"--handler", "both.handler"},
       "--handler both.handler: DIR has it for Python and for Node: say which with --runtime "
       "python3 or --runtime nodejs"},
      {{"--handler", "a b"},
       "--handler a b: a handler is written FILE.FUNCTION, without blanks, at most 128 characters"},
      {{"--handler", "app.handler", "--runtime", "pyton3.12"},
       "--runtime pyton3.12: no such runtime (did you mean python3.12?): klambda starts python3.*, "
       "nodejs* and provided.*"},
      {{"--handler", "app.handler", "--runtime", "java21"},
       "--runtime java21: klambda starts python3.*, nodejs* and provided.*; give the command that "
       "starts its runtime client, "
       "in a template as Metadata: {klambda: {Command: […]}}, with 'klambda run' as --command"},
      {{"--handler", "app.handler", "--name", "a.b"},
       "--name a.b: a function's name has 1 to 64 letters, digits, '-' and '_'"},
      {{"--handler", "app.handler", "--topic", ""}, "--topic : the value is empty"},
      {{"--handler", "app.handler", "--topic", "a/b"},
       "--topic a/b: a topic's name has 1 to 249 letters, digits, '-', '_' and '.', and does not "
       "begin with '.'"},
      {{"--handler", "app.handler", "--env", "x"}, "--env x: it is written NAME=VALUE"},
      {{"--handler", "app.handler", "--env", "_HANDLER=x"},
       "--env _HANDLER: Lambda reserves this name for itself: choose another one"},
      {{"--handler", "app.handler", "--env", "1A=x"},
       "--env 1A: a variable's name begins with a letter and has at least two letters, digits and "
       "'_'"},
      {{"--handler", "app.handler", "--env", "BIG=" + std::string(4'096, 'x')},
       "--env: the variables are too long: they have 4099 bytes in all, AWS accepts at most 4096 "
       "(4 KB)"},
      {{"--command", "'x"}, "--command 'x: a quote is not closed"},
      {{"--command", " "}, "--command  : it names no program"},
      {{"--function-timeout", "0"}, "--function-timeout 0: it must be between 1s and 900s"},
      {{"--function-timeout", "1500ms"}, "--function-timeout 1500ms: it must be whole seconds"},
      {{"--memory", "64"}, "--memory 64: it must be between 128 and 10240"},
      {{"--batch-size", "10001"}, "--batch-size 10001: it must be between 1 and 10000"},
      {{"--batch-window", "301s"}, "--batch-window 301s: it must be between 0s and 300s"},
      {{"--pollers", "201"}, "--pollers 201: it must be between 1 and 200"},
      {{"--starting-timestamp", "soon"},
       "--starting-timestamp soon: it must be epoch seconds or a time as 2026-11-23T10:00:00Z"},
      {{"--handler", "app.handler", "--topic", "t", "--starting-position", "NOW"},
       "--starting-position NOW: it must be TRIM_HORIZON, LATEST or AT_TIMESTAMP"},
      {{"--handler", "app.handler", "--topic", "t", "--starting-position", "AT_TIMESTAMP"},
       "--starting-position AT_TIMESTAMP needs --starting-timestamp: epoch seconds or "
       "2026-11-23T10:00:00Z"},
      {{"--handler", "app.handler", "--topic", "t", "--starting-timestamp", "1"},
       "--starting-timestamp needs --starting-position AT_TIMESTAMP"},
      {{"--handler", "app.handler", "--topic", "t", "--group", "a#b"},
       "--group a#b: a consumer group's name has 1 to 200 letters, digits, blanks and the "
       "characters -/*:_+=.@"},
      {{"--handler", "app.handler", "--until-drained"},
       "--until-drained needs --topic: without one there is nothing to drain"},
  };
  for (const auto& [arguments, line] : table) {
    CAPTURE(arguments);
    CHECK(mistake_of(directory, arguments) == "klambda run: " + line);
  }
  CHECK(usage_mistake({"run", "--code", "/no/such", "--handler", "a.b"}) ==
        "klambda run: --code /no/such: no such directory: give the one that holds the handler's "
        "file");
}

TEST_CASE("a bootstrap that cannot be executed is named with the cure") {
  const TemporaryDirectory directory;
  directory.write("bootstrap", "#!/bin/sh\n");
  CHECK(mistake_of(directory, {"--topic", "t"}) ==
        "klambda run: DIR/bootstrap is not executable: run 'chmod +x DIR/bootstrap'");
}
