// Environments with extensions: real processes, from start to end.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "emulator/function/extension_processes.h"
#include "tests/support/catch.h"
#include "tests/unit/function/function_rig.h"
#include "tests/unit/runtime_api/telemetry_subscriber.h"

using namespace function_test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

// A function with extensions; what each does is said by its variable (tests/support/raw_extension).
class ExtensionRig : public Rig {
 public:
  explicit ExtensionRig(Pool::Options options = {}) : Rig(options) {
    function().opt_dir = directory().path() / "opt";
    fs::create_directories(function().opt_dir / "extensions");
    fs::create_directories(events_);
    function().environment["EXT_DIR"] = events_.string();
  }
  ~ExtensionRig() { pool().stop(); }

  void add(const std::string& name, const std::string& spec = {}) {
    const auto file = function().opt_dir / "extensions" / name;
    fs::create_symlink(KLAMBDA_RAW_EXTENSION, file);
    function().environment["EXT_" + name] = spec;
  }
  // What it got so far.
  std::vector<std::string> events(const std::string& name) const {
    std::vector<std::string> lines;
    std::ifstream file(file_of(name));
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  std::string file_of(const std::string& name) const { return (events_ / name).string(); }
  bool gets(const std::string& name, std::size_t count) const {
    return eventually([&] { return events(name).size() >= count; });
  }

 private:
  const fs::path events_ = directory().path() / "events";
};

}  // namespace

TEST_CASE("extensions get INVOKE with the invocation's facts, and SHUTDOWN at the end") {
  Pool::Options options;
  options.max_environments = 1;  // the second call may come before the extensions have let go
  ExtensionRig rig(options);
  rig.add("agent");
  rig.add("listener", "events=SHUTDOWN");
  rig.add("silent", "events=");
  CHECK(rig.call("echo one", "id-a").payload == "one");
  CHECK(rig.call("echo two", "id-b").payload == "two");
  REQUIRE(rig.gets("agent", 2));
  rig.pool().stop();
  const auto events = rig.events("agent");
  REQUIRE(events.size() == 3);
  CHECK(contains(events[0], R"("eventType":"INVOKE")"));
  CHECK(contains(events[0], R"("requestId":"id-a")"));
  CHECK(contains(events[0], R"("invokedFunctionArn":"arn:aws:lambda:us-east-1:000000000000:)"
                            R"(function:Orders")"));
  CHECK(contains(events[0], R"("tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1-)"));
  CHECK(contains(events[1], R"("requestId":"id-b")"));
  CHECK(contains(events[2], R"("shutdownReason":"SPINDOWN")"));
  REQUIRE(rig.events("listener").size() == 1);
  CHECK(rig.events("silent").empty());
}

TEST_CASE("an extension's environment has no variables that only a runtime gets") {
  ExtensionRig rig;
  const auto plan = emulator::plan_launch(rig.function(), emulator::Downloads::Forbidden);
  rig.add("agent");
  const auto files = emulator::find_extensions(rig.function(), {});
  REQUIRE(files.size() == 1);
  const auto extension = emulator::extension_plan(plan, files[0]);
  const auto has = [&](const std::string& name) {
    return std::any_of(extension.environment.begin(), extension.environment.end(),
                       [&](const auto& variable) { return variable.first == name; });
  };
  CHECK(has("AWS_LAMBDA_FUNCTION_NAME"));
  CHECK(has("AWS_REGION"));
  CHECK(has("EXT_DIR"));
  for (const std::string name : {"_HANDLER", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
                                 "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_XRAY_CONTEXT_MISSING"})
    CHECK_FALSE(has(name));
}

TEST_CASE("two extensions of one name are refused, and --extension adds to those of layers") {
  ExtensionRig rig;
  rig.add("agent");
  const auto more = rig.directory().path() / "more";
  fs::create_directories(more);
  CHECK(emulator::find_extensions(rig.function(), {more / "other"}).size() == 2);
  CHECK_THROWS_AS(emulator::find_extensions(rig.function(), {more / "agent"}),
                  emulator::ConfigError);
  rig.function().opt_dir.clear();
  CHECK(emulator::find_extensions(rig.function(), {}).empty());
}

TEST_CASE("the answer does not wait for extensions, the next invocation does") {
  Pool::Options options;
  options.max_environments = 1;
  ExtensionRig rig(options);
  rig.add("slow", "invoke=sleep 300");
  rig.call("echo warm");
  const auto before = std::chrono::steady_clock::now();
  rig.call("echo again");  // waits for the first one's extension
  CHECK(std::chrono::steady_clock::now() - before >= 200ms);
  REQUIRE(rig.gets("slow", 2));
}

TEST_CASE("an invocation that follows an answer waits for the same environment") {
  Pool::Options options;
  options.closing_grace = kPatience;
  ExtensionRig rig(options);
  rig.add("slow", "invoke=sleep 100");
  CHECK(rig.pid() == rig.pid());
  CHECK(rig.pool().environments() == 1);
}

TEST_CASE("an invocation does not wait long for an environment whose extensions go on") {
  Pool::Options options;
  options.closing_grace = 1ms;
  ExtensionRig rig(options);
  rig.function().timeout = 10 * kPatience;
  rig.add("stuck", "invoke=sleep 60000");
  CHECK(rig.pid() != rig.pid());
}

TEST_CASE("an extension that takes longer than the function may resets the environment") {
  ExtensionRig rig;
  rig.function().timeout = 1s;
  rig.add("stuck", "invoke=sleep 60000");
  const auto first = rig.call("pid");
  CHECK(first.kind == Outcome::Kind::Success);
  const auto pid = static_cast<pid_t>(std::atoi(first.payload.c_str()));
  CHECK(eventually([&] { return !process_exists(pid); }));
}

TEST_CASE("a crash of an extension ends the invocation and the environment") {
  ExtensionRig rig;
  rig.add("agent", "invoke=exit 3");
  rig.add("other");
  const auto outcome = rig.call("hang", "id-x");
  CHECK(outcome.kind == Outcome::Kind::FunctionError);
  CHECK(outcome.error_type == "Extension.Crash");
  CHECK(outcome.payload ==
        R"({"errorType":"Extension.Crash","errorMessage":"RequestId: id-x Error: exit status 3"})");
  REQUIRE(rig.gets("other", 2));
  CHECK(contains(rig.events("other")[1], R"("shutdownReason":"FAILURE")"));
}

TEST_CASE("exit/error and init/error are told by their types") {
  ExtensionRig rig;
  SECTION("exit/error during an invocation") {
    rig.add("agent", "invoke=exit-error");
    CHECK(rig.call("hang").error_type == "Extension.ExitError");
  }
  SECTION("init/error") {
    rig.add("agent", "start=init-error");
    const auto outcome = rig.call("echo never", "id-x");
    CHECK(outcome.kind == Outcome::Kind::FunctionError);
    CHECK(outcome.error_type == "Extension.InitError");
    CHECK(contains(outcome.log_tail, "InitError"));
  }
  SECTION("ended before it has registered") {
    rig.add("agent", "start=exit 0");
    const auto outcome = rig.call("echo never", "id-x");
    CHECK(outcome.error_type == "Extension.Crash");
    CHECK(contains(outcome.payload, "exit code 0"));
  }
  SECTION("not a program") {
    std::ofstream(rig.function().opt_dir / "extensions" / "readme") << "text";
    const auto outcome = rig.call("echo never");
    CHECK(outcome.error_type == "Extension.LaunchError");
    CHECK(contains(outcome.payload, "chmod +x"));
  }
  SECTION("too many") {
    for (int number = 0; number < 11; ++number) rig.add("agent" + std::to_string(number));
    CHECK(rig.call("echo never").error_type == "Extension.LaunchError");
  }
}

TEST_CASE("an extension that never registers runs into the init limit") {
  Pool::Options options;
  options.init_timeout = 300ms;
  ExtensionRig rig(options);
  rig.function().timeout = 1s;
  rig.add("agent", "start=hang");
  const auto failure = rig.warm_up();
  REQUIRE(failure.has_value());
  CHECK(failure->error_type == "Sandbox.Timedout");
  CHECK(contains(failure->message, "extension agent has not registered"));
  // Repeated within the invocation, and under its timeout.
  const auto outcome = rig.call("echo never");
  CHECK(outcome.error_type == "Sandbox.Timedout");
}

TEST_CASE("an extension that prints stands in the function's log") {
  ExtensionRig rig;
  rig.add("agent", "start=print hello from the agent;events=SHUTDOWN");
  CHECK(rig.call("echo x").kind == Outcome::Kind::Success);
}

TEST_CASE(
    "at shutdown the runtime gets SIGTERM when there is an extension, and a stubborn one its "
    "two seconds") {
  ExtensionRig rig;
  SECTION("a slow extension") {
    rig.add("agent", "shutdown=ignore");
    const auto pid = rig.pid();
    const auto before = std::chrono::steady_clock::now();
    rig.pool().stop();
    const auto took = std::chrono::steady_clock::now() - before;
    CHECK(took >= 1'900ms);
    CHECK_FALSE(process_exists(pid));
  }
  SECTION("one without SHUTDOWN is killed at once") {
    rig.add("agent", "events=INVOKE");
    rig.pid();
    rig.pool().stop();
    CHECK(rig.events("agent").size() <= 1);
  }
}

TEST_CASE("a timeout tells extensions so") {
  ExtensionRig rig;
  rig.function().timeout = 1s;
  rig.add("agent");
  CHECK(rig.call("hang").error_type == "Sandbox.Timedout");
  REQUIRE(rig.gets("agent", 2));
  CHECK(contains(rig.events("agent")[1], R"("shutdownReason":"TIMEOUT")"));
}

TEST_CASE("telemetry of an environment from its start to its end") {
  test::HttpSubscriber subscriber;
  ExtensionRig rig;
  const auto port = std::to_string(subscriber.subscription({}).port);
  rig.add("agent", "telemetry=" + port + " platform,function,extension;start=print hello");
  CHECK(rig.call("print 2", "id-t").kind == Outcome::Kind::Success);
  REQUIRE(rig.gets("agent", 1));
  rig.pool().stop();

  std::vector<std::string> types;
  for (const auto& record : subscriber.records()) types.push_back(record["type"]);
  const std::vector<std::string> wanted{"platform.initStart",
                                        "platform.telemetrySubscription",
                                        "platform.initRuntimeDone",
                                        "platform.extension",
                                        "platform.initReport",
                                        "platform.start",
                                        "function",
                                        "function",
                                        "platform.runtimeDone",
                                        "platform.report"};
  std::vector<std::string> without_extension_lines;
  std::remove_copy(types.begin(), types.end(), std::back_inserter(without_extension_lines),
                   "extension");
  CHECK(without_extension_lines == wanted);
  CHECK(std::count(types.begin(), types.end(), "extension") == 1);
  for (const auto& record : subscriber.records()) {
    const auto& content = record["record"];
    if (record["type"] == "platform.report") {
      CHECK(content["requestId"] == "id-t");
      CHECK(content["status"] == "success");
      CHECK(content["metrics"]["durationMs"].get<double>() > 0);
      CHECK(content["metrics"]["initDurationMs"].get<double>() > 0);
      CHECK(content["metrics"]["memorySizeMB"] == 128);
      CHECK(content["metrics"]["maxMemoryUsedMB"].get<int>() > 0);
      CHECK(content["spans"].back()["name"] == "extensionOverhead");
    }
    if (record["type"] == "platform.runtimeDone") {
      CHECK(content["metrics"]["producedBytes"] == 4);
      REQUIRE(content["spans"].size() == 3);
      CHECK(content["spans"][0]["name"] == "responseLatency");
      CHECK(content["spans"][1]["name"] == "responseDuration");
      CHECK(content["spans"][2]["name"] == "runtimeOverhead");
    }
    if (record["type"] == "platform.extension") {
      CHECK(content["name"] == "agent");
      CHECK(content["state"] == "Ready");
      CHECK(content["events"] == test::json({"INVOKE", "SHUTDOWN"}));
    }
  }
}

TEST_CASE("the Logs API tells of a process that ended before its answer, and of no other") {
  test::HttpSubscriber subscriber;
  Pool::Options options;
  options.max_environments = 1;
  ExtensionRig rig(options);
  rig.function().timeout = 1s;
  const auto port = std::to_string(subscriber.subscription({}).port);
  rig.add("agent", "logs=" + port + " platform");
  SECTION("while it works on one") {
    rig.call("echo fine", "id-fine");
    rig.call("exit 3", "id-exit");
    REQUIRE(rig.gets("agent", 3));  // SHUTDOWN: what was said before has been sent
    const auto records = subscriber.records();
    const auto fault = std::find_if(records.begin(), records.end(), [](const auto& record) {
      return record["type"] == "platform.fault";
    });
    REQUIRE(fault != records.end());
    CHECK((*fault)["record"] == "RequestId: id-exit Process exited before completing request");
    CHECK(std::prev(fault)->at("type") == "platform.report");
    CHECK(std::prev(fault)->at("record").at("requestId") == "id-exit");
    CHECK(std::next(fault) == records.end());
  }
  SECTION("in the init that an invocation waits for") {
    // Not before the subscription stands: the runtime starts when the agent has registered.
    rig.function().environment["INIT"] = "await-exit " + rig.file_of("agent.subscribed");
    rig.call("echo never", "id-init");
    rig.pool().stop();
    REQUIRE(subscriber.count() > 0);
    CHECK(subscriber.records().back()["record"] ==
          "RequestId: id-init Process exited before completing request");
  }
  SECTION("an error, a timeout and an end after the answer are none") {
    rig.call("fail", "id-error");
    rig.call("answer-then-exit 3", "id-answered");
    rig.call("hang", "id-timeout");
    rig.pool().stop();
    REQUIRE(subscriber.count() > 0);
    for (const auto& record : subscriber.records()) CHECK(record["type"] != "platform.fault");
  }
}

TEST_CASE("a subscriber that has lost records is told so") {
  test::HttpSubscriber subscriber;
  ExtensionRig rig;
  const auto port = std::to_string(subscriber.subscription({}).port);
  rig.add("agent", "telemetry=" + port + " platform");
  subscriber.status = 500;
  for (int request = 1; request <= 2; ++request) {  // the first one has its answer then
    rig.call("echo lost");
    REQUIRE(eventually([&] { return subscriber.requests >= request; }));
  }
  subscriber.status = 200;
  rig.call("echo kept");
  rig.pool().stop();
  const auto records = subscriber.records();
  const auto drop = std::find_if(records.begin(), records.end(), [](const auto& record) {
    return record["type"] == "platform.logsDropped";
  });
  REQUIRE(drop != records.end());
  CHECK((*drop)["time"].get<std::string>().ends_with("Z"));
  CHECK((*drop)["record"]["reason"] == "could not send events: HTTP status 500");
  CHECK((*drop)["record"]["droppedRecords"].get<int>() > 0);
  CHECK((*drop)["record"]["droppedBytes"].get<int>() > 0);
}

TEST_CASE("a flood of lines arrives complete and in order") {
  test::HttpSubscriber subscriber;
  ExtensionRig rig;
  rig.function().timeout = 60s;
  const auto port = std::to_string(subscriber.subscription({}).port);
  rig.add("agent", "telemetry=" + port + " function;events=SHUTDOWN");
  constexpr int kLines = 20'000;
  CHECK(rig.call("print " + std::to_string(kLines)).kind == Outcome::Kind::Success);
  REQUIRE(subscriber.reaches(kLines));
  rig.pool().stop();
  const auto records = subscriber.records();
  REQUIRE(records.size() == kLines);
  bool in_order = true;
  for (int line = 0; line < kLines; ++line)
    in_order = in_order && records[static_cast<std::size_t>(line)]["record"] ==
                               "line " + std::to_string(line + 1);
  CHECK(in_order);
}

TEST_CASE("eight extensions, four environments, many invocations: all answered, all gone") {
  Pool::Options options;
  options.max_environments = 4;
  ExtensionRig rig(options);
  for (int number = 0; number < 8; ++number) rig.add("agent" + std::to_string(number));
  std::vector<std::future<Outcome>> outcomes;
  for (int call = 0; call < 200; ++call) outcomes.push_back(rig.invoke("echo x"));
  for (auto& outcome : outcomes) {
    const auto got = Rig::wait(outcome);
    REQUIRE(got.has_value());
    CHECK(got->payload == "x");
  }
  for (int number = 0; number < 8; ++number) CHECK(rig.gets("agent" + std::to_string(number), 200));
  rig.pool().stop();
}
