#include "emulator/config/options.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/config/command_line_support.h"

using namespace emulator;
using Arguments = std::vector<std::string>;

TEST_CASE("help and version are printed, at every level") {
  for (const Arguments& arguments : {Arguments{},
                                     {"--help"},
                                     {"start", "--help"},
                                     {"run", "-h"},
                                     {"produce", "--help"},
                                     {"invoke", "--help"},
                                     {"status", "--help"},
                                     {"batches", "--help"},
                                     {"doctor", "--help"}}) {
    const auto said = parse(arguments);
    CHECK(said.exit_code() == 0);
    CHECK(said.out.find("Usage: klambda") != std::string::npos);
    CHECK(said.out.find("Example") != std::string::npos);
    CHECK(said.err.empty());
  }
  for (const Arguments& arguments :
       {Arguments{"--version"}, {"start", "--version"}, {"run", "--version"}}) {
    const auto said = parse(arguments);
    CHECK(said.exit_code() == 0);
    CHECK(said.out == "klambda 1.2.3\n");
  }
}

TEST_CASE("help tells how a process of one's own attaches") {
  for (const Arguments& arguments : {Arguments{"--help"}, {"start", "--help"}, {"run", "--help"}}) {
    CHECK(parse(arguments).out.find("AWS_LAMBDA_RUNTIME_API=127.0.0.1:3001/") != std::string::npos);
  }
}

TEST_CASE("start without flags has the documented defaults") {
  const auto start = parsed<StartCommand>({"start", "some/template.yaml"});
  CHECK(start.template_file == "some/template.yaml");
  CHECK(start.serve.kafka.empty());
  CHECK(start.serve.host == "127.0.0.1");
  CHECK(start.serve.port == 3001);
  CHECK(start.serve.embedded_partitions == 4);
  CHECK(start.serve.max_concurrency == 10);
  CHECK(start.serve.timeout == std::chrono::seconds(60));
  CHECK(start.serve.log_level == "info");
  CHECK_FALSE(start.serve.until_drained);
}

TEST_CASE("start understands each of its flags") {
  const TemporaryDirectory directory;
  const auto file = directory.write("orders.jsonl", "{}\n").string();
  const auto start = parsed<StartCommand>({"start",
                                           "--kafka",
                                           "localhost:9092, kafka:1",
                                           "--allow-remote-brokers",
                                           "--embedded-partitions",
                                           "8",
                                           "--from-start",
                                           "--until-drained",
                                           "--timeout",
                                           "2m",
                                           "--host",
                                           "0.0.0.0",
                                           "--port=0",
                                           "--max-concurrency",
                                           "3",
                                           "--offline",
                                           "--state-dir",
                                           "kept",
                                           "--retry-backoff",
                                           "50ms..2s",
                                           "--produce",
                                           "orders=" + file,
                                           "--produce",
                                           "other=-",
                                           "--log-level",
                                           "debug",
                                           "--parameter",
                                           "A=1",
                                           "--parameter",
                                           "B=x=y",
                                           "--parameter",
                                           "C=",
                                           "t.yaml"});
  CHECK(start.template_file == "t.yaml");
  CHECK(start.parameters ==
        std::map<std::string, std::string>{{"A", "1"}, {"B", "x=y"}, {"C", ""}});
  const auto& serve = start.serve;
  CHECK(serve.kafka == "localhost:9092,kafka:1");
  CHECK(serve.allow_remote_brokers);
  CHECK(serve.embedded_partitions == 8);
  CHECK(serve.from_start);
  CHECK(serve.until_drained);
  CHECK(serve.timeout == std::chrono::minutes(2));
  CHECK(serve.host == "0.0.0.0");
  CHECK(serve.port == 0);
  CHECK(serve.max_concurrency == 3);
  CHECK(serve.offline);
  CHECK(serve.state_dir == "kept");
  CHECK(serve.retry_backoff_first == std::chrono::milliseconds(50));
  CHECK(serve.retry_backoff_max == std::chrono::seconds(2));
  REQUIRE(serve.produce.size() == 2);
  CHECK(serve.produce[0].first == "orders");
  CHECK(serve.produce[0].second == file);
  CHECK(serve.produce[1].second == "-");
  CHECK(serve.log_level == "debug");
}

TEST_CASE("strictness, time, faults and the mappings' log are understood") {
  const auto plain = parsed<StartCommand>({"start"}).serve;
  CHECK(plain.strictness == Strictness::Lenient);
  CHECK(plain.time_scale == 1);
  CHECK_FALSE(plain.esm_log_level.has_value());
  CHECK(plain.fault_lines.empty());
  CHECK(plain.fault_seed == 1);

  const TemporaryDirectory directory;
  const auto file = directory.write("faults.txt", "# at first\n\n  crash  \r\nthrottle\n").string();
  const auto serve =
      parsed<StartCommand>({"start", "--strict", "--time-scale", "0.5", "--esm-log-level", "debug",
                            "--fault", "timeout@orders[2]:100", "--fault", "@" + file, "--fault",
                            "[x]", "--fault-seed", "7"})
          .serve;
  CHECK(serve.strictness == Strictness::Strict);
  CHECK(serve.time_scale == 0.5);
  CHECK(serve.esm_log_level == SystemLogLevel::Debug);
  const std::vector<std::pair<std::string, std::string>> faults{
      {"timeout@orders[2]:100", "--fault"},
      {"# at first", file + ":1"},
      {"crash", file + ":3"},
      {"throttle", file + ":4"},
      {"[x]", "--fault"}};
  REQUIRE(serve.fault_lines.size() == faults.size());
  for (std::size_t i = 0; i < faults.size(); ++i) {
    CHECK(serve.fault_lines[i].text == faults[i].first);
    CHECK(serve.fault_lines[i].where == faults[i].second);
  }
  CHECK(serve.fault_seed == 7);
  CHECK(parsed<StartCommand>({"start", "--esm-log-level", "off"}).serve.esm_log_level ==
        SystemLogLevel::Off);
}

TEST_CASE("aws names AWS's own back-off") {
  const auto serve = parsed<StartCommand>({"start", "--retry-backoff", "aws"}).serve;
  CHECK(serve.retry_backoff_first == std::chrono::seconds(1));
  CHECK(serve.retry_backoff_max == std::chrono::seconds(60));
}

TEST_CASE("a help fits a terminal of 100 columns") {
  for (const char* command : {"start", "run", "produce", "invoke", "status", "batches"}) {
    std::istringstream lines(parse({command, "--help"}).out);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      const auto continuations = std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
      });
      CHECK(line.size() - static_cast<std::size_t>(continuations) <= 100);
    }
  }
}

TEST_CASE("a directory stands for the template in it") {
  const TemporaryDirectory directory;
  const auto found = [&] {
    return parsed<StartCommand>({"start", directory.path().string()}).template_file;
  };
  CHECK(found() == directory.path() / "template.yaml");
  directory.write("template.yml", "");
  CHECK(found() == directory.path() / "template.yml");
  directory.write("template.yaml", "");
  CHECK(found() == directory.path() / "template.yaml");
}

TEST_CASE("a directory that the CDK wrote stands for its stack") {
  const TemporaryDirectory directory;
  const auto cdk_out = directory.path() / "cdk.out";
  directory.write("cdk.out/manifest.json", "");
  directory.write("cdk.out/Orders.template.json", "");
  CHECK(parsed<StartCommand>({"start", cdk_out.string()}).template_file ==
        cdk_out / "Orders.template.json");
  directory.write("cdk.out/Alarms.template.json", "");
  CHECK(usage_mistake({"start", cdk_out.string()}) ==
        "klambda start: " + cdk_out.string() +
            " has several stacks, name one: Alarms.template.json, Orders.template.json");
}

TEST_CASE("without a template in this directory the Lambda API makes everything") {
  const TemporaryDirectory directory;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  CHECK(parsed<StartCommand>({"start"}).template_file.empty());
  CHECK(usage_mistake({"start", "--until-drained"}) ==
        "klambda start: --until-drained needs a template, and there is no template.yaml in this "
        "directory");
  CHECK(usage_mistake({"start", "--parameter", "A=1"}) ==
        "klambda start: --parameter needs a template, and there is no template.yaml in this "
        "directory");
  CHECK(parsed<StartCommand>({"start", "given.yaml"}).template_file == "given.yaml");
  directory.write("template.yml", "");
  CHECK(parsed<StartCommand>({"start"}).template_file == "template.yml");
  std::filesystem::current_path(before);
}

TEST_CASE("produce understands each of its flags") {
  const auto lines = parsed<ProduceCommand>({"produce", "orders", "--key-separator", ":", "--input",
                                             "f.txt", "--kafka", "localhost:9092", "--partition",
                                             "2", "--header", "a=1", "--header", "a=2"});
  CHECK(lines.topic == "orders");
  CHECK(lines.key_separator == ":");
  CHECK(lines.input == "f.txt");
  CHECK(lines.kafka == "localhost:9092");
  CHECK(lines.partition == 2);
  CHECK(lines.headers == std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"a", "2"}});
  CHECK_FALSE(lines.value.has_value());

  const auto one = parsed<ProduceCommand>(
      {"produce", "orders", "--value", "--x", "--key", "", "--port", "4000"});
  CHECK(one.value == "--x");
  CHECK(one.key == "");
  CHECK(one.port == 4000);
  CHECK(one.input == "-");
}

TEST_CASE("invoke understands each of its flags") {
  const auto invoke = parsed<InvokeCommand>(
      {"invoke", "orders", "--payload", "[1, 2]", "--host", "::1", "--port", "1"});
  CHECK(invoke.function == "orders");
  CHECK(invoke.payload == "[1, 2]");
  CHECK(invoke.host == "::1");
  CHECK(parsed<InvokeCommand>({"invoke", "orders", "--payload-file", "-"}).payload_file == "-");
  const auto event = parsed<InvokeCommand>({"invoke", "orders", "--qualifier", "7", "--event"});
  CHECK(event.qualifier == "7");
  CHECK((event.event && !event.log));
  CHECK(parsed<InvokeCommand>({"invoke", "orders", "--log"}).log);
}

TEST_CASE("wrong usage is one line that says what and how to mend it") {
  const std::vector<std::pair<Arguments, std::string>> table{
      {{"strat"}, "klambda: unknown command strat (did you mean start?) (see klambda --help)"},
      {{"--foo"}, "klambda: unknown flag --foo (see klambda --help)"},
      {{"start", "--foo"}, "klambda start: unknown flag --foo (see klambda start --help)"},
      {{"start", "--foo=1"}, "klambda start: unknown flag --foo (see klambda start --help)"},
      {{"start", "--kafak", "x"},
       "klambda start: unknown flag --kafak (did you mean --kafka?) (see klambda start --help)"},
      {{"start", "a", "b"}, "klambda start: unexpected argument b (see klambda start --help)"},
      {{"start", "--kafka"}, "klambda start: --kafka needs a value (see klambda start --help)"},
      {{"start", "--port", "1", "--port", "2"},
       "klambda start: --port is given more than once (see klambda start --help)"},
      {{"start", "--kafka", "nonsense"},
       "klambda start: --kafka nonsense: nonsense: the port is missing: write HOST:PORT, for "
       "instance localhost:9092"},
      {{"start", "--kafka", "b.example.com:9092"},
       "klambda start: --kafka: broker b.example.com:9092 is not on this machine: add "
       "--allow-remote-brokers if that is "
       "meant, or use --kafka embedded or a local --kafka HOST:PORT"},
      {{"start", "--port", "65536"}, "klambda start: --port 65536: it must be between 0 and 65535"},
      {{"start", "--port", "http"}, "klambda start: --port http: it must be a whole number"},
      {{"start", "--host", ""},
       "klambda start: --host : it must be an address such as 127.0.0.1 or 0.0.0.0"},
      {{"start", "--timeout", "soon"},
       "klambda start: --timeout soon: it must be a duration such as 500ms, 60s or 2m"},
      {{"start", "--timeout", "0"},
       "klambda start: --timeout 0: it must be between 1ms and 86400s"},
      {{"start", "--embedded-partitions", "0"},
       "klambda start: --embedded-partitions 0: it must be between 1 and 1000"},
      {{"start", "--max-concurrency", "0"},
       "klambda start: --max-concurrency 0: it must be between 1 and 1000"},
      {{"start", "--retry-backoff", "2s..1s"},
       "klambda start: --retry-backoff 2s..1s: the first wait must not be longer than the last: "
       "write 200ms..10s"},
      {{"start", "--retry-backoff", "x..1s"},
       "klambda start: --retry-backoff x..1s: it must be a duration such as 500ms, 60s or 2m"},
      {{"start", "--retry-backoff", "AWS"},
       "klambda start: --retry-backoff AWS: it must be a duration such as 500ms, 60s or 2m"},
      {{"start", "--time-scale", "fast"},
       "klambda start: --time-scale fast: it must be a number, for instance 60"},
      {{"start", "--time-scale", "nan"},
       "klambda start: --time-scale nan: it must be a number, for instance 60"},
      {{"start", "--time-scale", "0"},
       "klambda start: --time-scale 0: it must be between 0.001 and 1000000"},
      {{"start", "--time-scale", "-60"},
       "klambda start: --time-scale -60: it must be between 0.001 and 1000000"},
      {{"start", "--esm-log-level", "error"},
       "klambda start: --esm-log-level error: it must be off, warn, info or debug"},
      {{"start", "--fault", ""}, "klambda start: --fault : the value is empty"},
      {{"start", "--fault", "@/no/such"},
       "klambda start: --fault @/no/such: no such file, or it cannot be read: /no/such"},
      {{"start", "--fault", "@/dev/null"},
       "klambda start: --fault @/dev/null: no such file, or it cannot be read: /dev/null"},
      {{"start", "--fault-seed", "x"}, "klambda start: --fault-seed x: it must be a whole number"},
      {{"start", "--produce", "orders"},
       "klambda start: --produce orders: it is written TOPIC=FILE"},
      {{"start", "--produce", "orders=/no/such"},
       "klambda start: --produce orders=/no/such: no such file: /no/such"},
      {{"start", "--produce", ".x=-"},
       "klambda start: --produce .x=-: a topic's name has 1 to 249 letters, digits, '-', '_' and "
       "'.', and does not begin "
       "with '.'"},
      {{"start", "--log-level", "loud"},
       "klambda start: --log-level loud: it must be debug, info, warn or error"},
      {{"start", "--parameter", "Stage"},
       "klambda start: --parameter Stage: it is written NAME=VALUE"},
      {{"produce"}, "klambda produce: TOPIC is required (see klambda produce --help)"},
      {{"produce", "a b"},
       "klambda produce: topic a b: a topic's name has 1 to 249 letters, digits, '-', '_' and '.', "
       "and does not begin with "
       "'.'"},
      {{"produce", "t", "--kafka", "embedded"},
       "klambda produce: --kafka embedded: leave it out to produce to the Kafka of the klambda "
       "that is running"},
      {{"produce", "t", "--partition", "-1"},
       "klambda produce: --partition -1: it must be a partition's number"},
      {{"produce", "t", "--header", "=x"},
       "klambda produce: --header =x: it is written NAME=VALUE"},
      {{"produce", "t", "--key-separator", ""},
       "klambda produce: --key-separator : it must not be empty: for instance --key-separator :"},
      {{"invoke"}, "klambda invoke: FUNCTION is required (see klambda invoke --help)"},
      {{"invoke", "f", "--payload-file", ""},
       "klambda invoke: --payload-file : the value is empty"},
  };
  for (const auto& [arguments, line] : table) {
    CAPTURE(arguments);
    CHECK(usage_mistake(arguments) == line);
  }
}

TEST_CASE("flags that contradict each other are refused") {
  for (const Arguments& arguments : {Arguments{"produce", "t", "--value", "a", "--input", "f"},
                                     {"produce", "t", "--value", "a", "--key-separator", ":"},
                                     {"produce", "t", "--key", "a", "--key-separator", ":"},
                                     {"invoke", "f", "--payload", "{}", "--payload-file", "f"},
                                     {"invoke", "f", "--event", "--log"}}) {
    CAPTURE(arguments);
    CHECK(usage_mistake(arguments).find(" excludes ") != std::string::npos);
  }
}

TEST_CASE("status and batches say whom they ask, for what, and in which form") {
  CHECK(parsed<StatusCommand>({"status"}).output == OutputFormat::Text);
  const auto status = parsed<StatusCommand>({"status", "--output", "json", "--port", "4001"});
  CHECK(status.output == OutputFormat::AsJson);
  CHECK(status.port == 4001);
  const auto batches =
      parsed<BatchesCommand>({"batches", "--function", "orders", "--mapping", "Orders/Trigger",
                              "--state", "waiting", "--output=text"});
  CHECK(batches.function == "orders");
  CHECK(batches.mapping == "Orders/Trigger");
  CHECK(batches.state == "waiting");
  CHECK(batches.output == OutputFormat::Text);
  CHECK(usage_mistake({"status", "--output", "yaml"}) ==
        "klambda status: --output yaml: it must be text or json");
  CHECK(usage_mistake({"batches", "orders"}) ==
        "klambda batches: unexpected argument orders (see klambda batches --help)");
}

TEST_CASE("doctor: a template, brokers, or both") {
  const TemporaryDirectory directory;
  const auto file = directory.write("template.yaml", "").string();
  const auto both =
      parsed<DoctorCommand>({"doctor", file, "--kafka", "localhost:9092", "--parameter", "A=b",
                             "--output", "json", "--kafka-plaintext"});
  CHECK(both.template_file == file);
  CHECK(both.kafka == "localhost:9092");
  CHECK(both.parameters.at("A") == "b");
  CHECK(both.output == OutputFormat::AsJson);
  CHECK(both.access.plaintext);
  CHECK(parsed<DoctorCommand>({"doctor", directory.path()}).template_file == file);
  CHECK(usage_mistake({"doctor", "--kafka", "kafka.example.com:9092"})
            .find("--allow-remote-brokers") != std::string::npos);
}
