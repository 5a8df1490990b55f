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
  CHECK(
      application.warnings ==
      std::vector<std::string>{
          "--function-timeout is 900 seconds: AWS supports at most 840 seconds for a function that "
          "Kafka triggers"});
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
       "nodejs*, java*, ruby*, dotnet* and provided.*, and any command that speaks the Runtime API "
       "(in a template Metadata: {klambda: {Command: […]}}, with 'klambda run' --command)"},
      {{"--handler", "app.handler", "--runtime", "go1.x"},
       "--runtime go1.x: Lambda has it no more: build the program under the name bootstrap and say "
       "provided.al2023"},
      {{"--handler", "app.handler", "--name", "a.b"},
       "--name a.b: a function's name has 1 to 64 letters, digits, '-' and '_'"},
      {{"--handler", "app.handler", "--topic", ""}, "--topic : the value is empty"},
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
      {{"--batch-size", "5"}, "--batch-size needs --topic: without one nothing is polled"},
      {{"--bisect"}, "--bisect needs --topic: without one nothing is polled"},
      {{"--retries", "some"}, "--retries some: it must be a whole number"},
      {{"--max-record-age", "60500ms"}, "--max-record-age 60500ms: it must be whole seconds"},
      {{"--max-record-age", "old"},
       "--max-record-age old: it must be a duration such as 500ms, 60s or 2m"},
      {{"--pollers", "1-2"}, "--pollers 1-2: it must be a whole number"},
      {{"--pollers", "1.."}, "--pollers 1..: it must be a whole number"},
      {{"--on-failure", ""}, "--on-failure : the value is empty"},
      {{"--filter", "{}", "--filter"}, "--filter needs a value (see klambda run --help)"},
      {{"--reserved-concurrency", "x"}, "--reserved-concurrency x: it must be a whole number"},
      {{"--handler", "app.handler", "--reserved-concurrency", "-1"},
       "--reserved-concurrency -1: it must be between 0 and 2147483647"},
      {{"--starting-timestamp", "soon"},
       "--starting-timestamp soon: it must be epoch seconds or a time as 2026-11-23T10:00:00Z"},
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

TEST_CASE("mistakes in the mapping's flags are one line in the flags' words") {
  const TemporaryDirectory directory;
  directory.write("app.py", "");
  const std::string not_a_topic =
      "a topic's name has 1 to 249 letters, digits, '-', '_' and '.', and does not begin with '.'";
  const std::vector<std::pair<Arguments, std::string>> table{
      {{"--topic", "a/b"}, "--topic is \"a/b\": " + not_a_topic},
      {{"--batch-size", "10001"}, "--batch-size is 10001: it must be between 1 and 10000"},
      {{"--batch-window", "301s"}, "--batch-window is 301: it must be between 0 and 300 seconds"},
      {{"--batch-window", "300001ms"},
       "--batch-window is 300.001: it must be between 0 and 300 seconds"},
      {{"--starting-position", "NOW"},
       "--starting-position is \"NOW\": it must be TRIM_HORIZON, LATEST or AT_TIMESTAMP"},
      {{"--starting-position", "AT_TIMESTAMP"},
       "--starting-position is AT_TIMESTAMP: --starting-timestamp must give the time in epoch "
       "seconds"},
      {{"--starting-timestamp", "1"},
       "--starting-timestamp is given: it needs --starting-position AT_TIMESTAMP"},
      {{"--group", "a#b"},
       "--group is \"a#b\": a consumer group's name has 1 to 200 letters, digits, blanks and the "
       "characters -/*:_+=.@"},
      {{"--retries", "-2"}, "--retries is -2: it must be -1 (no limit) or between 0 and 10000"},
      {{"--max-record-age", "59s"},
       "--max-record-age is 59: it must be -1 (no limit) or between 60 and 604800 seconds"},
      {{"--on-failure", "orders-dlq"},
       "--on-failure is \"orders-dlq\": it must be the ARN of an SQS queue, an SNS topic or an S3 "
       "bucket, or kafka://TOPIC"},
      {{"--on-failure", "kafka://orders"},
       "--on-failure is \"kafka://orders\", the topic that the mapping reads: its failed records "
       "would "
       "come again for ever: name another topic"},
      {{"--pollers", "201"}, "MIN of --pollers is 201: it must be between 1 and 200"},
      {{"--pollers", "3..2"}, "MAX of --pollers is 2: it must not be less than MIN of --pollers"},
      {{"--filter", std::string(4'097, 'x')},
       "--filter has a pattern of 4097 characters: AWS takes at most 4096: split it into several "
       "filters"},
      {{"--strict", "--retries", "3"},
       "--retries is only for provisioned mode (AWS: \"Unsupported 'maximumRetryAttempts' "
       "parameter "
       "for given event source mapping type.\"): add --pollers, or leave out --strict"},
      {{"--strict", "--function-timeout", "841"},
       "--function-timeout is 841 seconds: AWS supports at most 840 seconds for a function that "
       "Kafka triggers"},
  };
  for (const auto& [flags, line] : table) {
    CAPTURE(flags);
    Arguments arguments{"--handler", "app.handler"};
    if (flags.front() != "--topic") arguments.insert(arguments.end(), {"--topic", "orders"});
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    CHECK(mistake_of(directory, arguments) == "klambda run: " + line);
  }
}

TEST_CASE("the mapping's controls are understood") {
  const TemporaryDirectory directory;
  directory.write("app.py", "");
  const auto application = application_of(directory, {"--handler",
                                                      "app.handler",
                                                      "--topic",
                                                      "orders",
                                                      "--filter",
                                                      R"({"value": {"a": [1]}})",
                                                      "--filter",
                                                      "[x]",
                                                      "--retries",
                                                      "-1",
                                                      "--bisect",
                                                      "--max-record-age",
                                                      "5m",
                                                      "--report-batch-item-failures",
                                                      "--on-failure",
                                                      "kafka://failed",
                                                      "--pollers",
                                                      "2..10",
                                                      "--reserved-concurrency",
                                                      "0",
                                                      "--strict"});
  const auto& mapping = application.mappings.at(0);
  CHECK(mapping.filter_patterns == std::vector<std::string>{R"({"value": {"a": [1]}})", "[x]"});
  CHECK(mapping.maximum_retry_attempts == kUnlimited);
  CHECK(mapping.retry_limit() == kRetryAttemptsWithDestination);
  CHECK(mapping.maximum_record_age_s == 300);
  CHECK(mapping.bisect_batch_on_function_error);
  CHECK(mapping.report_batch_item_failures);
  CHECK(mapping.on_failure_destination == "kafka://failed");
  REQUIRE(mapping.provisioned.has_value());
  CHECK(mapping.provisioned->minimum == 2);
  CHECK(mapping.provisioned->maximum == 10);
  CHECK(application.functions.at(0).reserved_concurrency == 0);
}

TEST_CASE("a bootstrap that cannot be executed is named with the cure") {
  const TemporaryDirectory directory;
  directory.write("bootstrap", "#!/bin/sh\n");
  CHECK(mistake_of(directory, {"--topic", "t"}) ==
        "klambda run: DIR/bootstrap is not executable: run 'chmod +x DIR/bootstrap'");
}
