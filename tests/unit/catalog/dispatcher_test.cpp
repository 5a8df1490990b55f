#include "emulator/catalog/dispatcher.h"

#include "tests/support/catch.h"
#include "tests/unit/catalog/dispatcher_rig.h"

using namespace catalog_test;
using function_test::contains;
using function_test::eventually;
using function_test::process_exists;

TEST_CASE("an invocation runs the version that its qualifier names") {
  Rig rig;
  rig.add(rig.function("orders"));
  rig.deploy("orders", "one");
  rig.publish("orders", 1);
  rig.deploy("orders", "two");
  rig.change("orders", [](Function& next) {
    next.aliases["live"] = {"live", "1", "", {}, "revision"};
  });

  CHECK(rig.call("orders", "", "env MARK").payload == "two");
  CHECK(rig.call("orders", "$LATEST", "env MARK").payload == "two");
  const auto outcome = rig.call("orders", "live", "env MARK");
  CHECK(outcome.payload == "one");
  CHECK(outcome.executed_version == "1");
  CHECK(contains(outcome.log_tail, "Version: 1\n"));
  CHECK(rig.call("orders", "1", "env AWS_LAMBDA_FUNCTION_VERSION").payload == "1");
  CHECK(contains(rig.call("orders", "1", "env AWS_LAMBDA_LOG_STREAM_NAME").payload, "/[1]"));

  const std::string header = "header Lambda-Runtime-Invoked-Function-Arn";
  const std::string arn = "arn:aws:lambda:us-east-1:000000000000:function:orders";
  CHECK(rig.call("orders", "", header).payload == arn);
  CHECK(rig.call("orders", "$LATEST", header).payload == arn + ":$LATEST");
  CHECK(rig.call("orders", "live", header).payload == arn + ":live");

  CHECK_THROWS_WITH(rig.dispatcher().resolve("orders", "2"), "Function not found: " + arn + ":2");
  CHECK_THROWS_WITH(rig.dispatcher().resolve("orders", "x"), "Function not found: " + arn + ":x");
  CHECK_THROWS_WITH(rig.dispatcher().resolve("none", ""),
                    "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none:"
                    "$LATEST");
}

TEST_CASE("an alias draws a version by its weights") {
  Rig rig;
  rig.add(rig.function("orders"));
  rig.publish("orders", 1);
  rig.publish("orders", 2);
  rig.change("orders", [](Function& next) {
    next.aliases["live"] = {"live", "1", "", {{"2", 0.25}}, "revision"};
  });
  int second = 0;
  for (int i = 0; i < 4'000; ++i)
    second += rig.dispatcher().resolve("orders", "live").version->version == "2" ? 1 : 0;
  CHECK(second > 800);  // of 1000 ± 27
  CHECK(second < 1'200);
}

TEST_CASE("reserved concurrency is of all versions together and changes at run time") {
  Rig rig;
  auto function = rig.function("orders");
  function.reserved_concurrency = 2;
  rig.add(function);
  rig.publish("orders", 1);
  const auto invoker = rig.dispatcher().invoker("orders", "");
  CHECK(invoker->max_concurrency() == 2);
  const auto gate = (rig.directory().path() / "gate").string();
  auto latest = rig.invoke("orders", "", "await " + gate);
  auto first = rig.invoke("orders", "1", "await " + gate);
  CHECK(rig.dispatcher().activity("orders").running == 2);

  const auto throttled = rig.call("orders", "", "echo a");
  CHECK(throttled.kind == Kind::Throttled);
  CHECK(throttled.error_type == "ReservedFunctionConcurrentInvocationLimitExceeded");
  CHECK(throttled.executed_version.empty());

  rig.change("orders", [](Function& next) { next.reserved_concurrency.reset(); });
  CHECK(invoker->max_concurrency() == 10);
  CHECK(rig.call("orders", "1", "echo b").payload == "b");
  rig.change("orders", [](Function& next) { next.reserved_concurrency = 0; });
  CHECK(rig.call("orders", "", "echo c").kind == Kind::Throttled);

  rig.directory().write("gate", "");
  CHECK(rig.wait(std::move(latest)).payload == "done");
  CHECK(rig.wait(std::move(first)).payload == "done");
  CHECK(rig.dispatcher().activity("orders").running == 0);
  CHECK(rig.call("orders", "", "echo d").kind == Kind::Throttled);
}

TEST_CASE(
    "what is under way when a version changes finishes on what it was, and its processes go") {
  Rig rig;
  rig.add(rig.function("orders"));
  rig.deploy("orders", "old");
  const auto old_pid = std::stoi(rig.call("orders", "", "pid").payload);
  const auto gate = (rig.directory().path() / "gate").string();
  auto under_way = rig.invoke("orders", "", "await " + gate);
  rig.deploy("orders", "new");
  CHECK(rig.call("orders", "", "env MARK").payload == "new");
  CHECK(process_exists(old_pid));
  CHECK(rig.dispatcher().activity("orders").environments == 2);

  rig.directory().write("gate", "");
  CHECK(rig.wait(std::move(under_way)).payload == "done");
  CHECK(eventually([&] { return !process_exists(old_pid); }));
  CHECK(eventually([&] { return rig.dispatcher().activity("orders").environments == 1; }));
}

TEST_CASE("a change that no process sees keeps the environments") {
  Rig rig;
  rig.add(rig.function("orders"));
  const auto pid = rig.call("orders", "", "pid").payload;
  rig.change("orders", [](Function& next) {
    next.latest.revision_id = "other";
    next.tags["team"] = "a";
  });
  CHECK(rig.call("orders", "", "pid").payload == pid);
  CHECK(rig.plans() == 1);
}

TEST_CASE("a mapping's invocations follow the function through deletion and deployment") {
  Rig rig;
  const auto invoker = rig.dispatcher().invoker("orders", "");
  const auto missing = rig.call(*invoker, "echo a");
  CHECK(missing.kind == Kind::ServiceError);
  CHECK(missing.error_type == "ResourceNotFoundException");
  CHECK(missing.request_id == "id-1");
  CHECK(contains(missing.payload, "Function not found: arn:aws:lambda:"));

  auto function = rig.function("orders");
  function.latest.deployment.state = "Pending";
  rig.add(function);
  const auto pending = rig.call(*invoker, "echo a");
  CHECK(pending.kind == Kind::ServiceError);
  CHECK(pending.payload ==
        "The operation cannot be performed at this time. The function is currently in the "
        "following state: Pending");
  CHECK_THROWS_AS(rig.call("orders", "", "echo a"), ApiError);

  rig.change("orders", [](Function& next) { next.latest.deployment.state = "Active"; });
  const auto pid = std::stoi(rig.call(*invoker, "pid").payload);
  rig.remove("orders");
  CHECK(rig.call(*invoker, "echo a").kind == Kind::ServiceError);
  CHECK(eventually([&] { return !process_exists(pid); }));
  rig.add(function);
  rig.change("orders", [](Function& next) { next.latest.deployment.state = "Active"; });
  CHECK(rig.call(*invoker, "echo again").payload == "again");
}

TEST_CASE("a target that was found before a change runs what is deployed now") {
  Rig rig;
  rig.add(rig.function("orders"));
  rig.deploy("orders", "old");
  const auto target = rig.dispatcher().resolve("orders", "");
  rig.deploy("orders", "new");
  std::promise<Outcome> promise;
  rig.dispatcher().invoke(target, {"id", std::make_shared<const std::string>("env MARK"), {}, {}},
                          [&](Outcome outcome) { promise.set_value(std::move(outcome)); });
  CHECK(rig.wait(promise.get_future()).payload == "new");
  rig.remove("orders");
  CHECK_THROWS_AS(rig.dispatcher().invoke(target, {}, [](const Outcome&) { FAIL(); }), ApiError);
}

TEST_CASE(
    "a function that cannot be started says so, and is tried again with the next invocation") {
  Rig rig;
  auto function = rig.function("orders");
  function.latest.config.command = {(rig.directory().path() / "later").string()};
  rig.add(function);
  CHECK_THROWS_AS(rig.dispatcher().prepare(rig.catalog().find("orders")->latest),
                  emulator::ConfigError);
  const auto outcome = rig.call("orders", "", "echo a");
  CHECK(outcome.kind == Kind::ServiceError);
  CHECK(contains(outcome.payload, "later does not exist"));

  std::filesystem::create_symlink(KLAMBDA_RAW_HANDLER, rig.directory().path() / "later");
  CHECK(rig.call("orders", "", "echo a").payload == "a");
  const int plans = rig.plans();
  rig.dispatcher().prepare(rig.catalog().find("orders")->latest);
  CHECK(rig.call("orders", "", "echo b").payload == "b");
  CHECK(rig.plans() == plans);
}

TEST_CASE("functions that nobody invokes have nothing made for them") {
  Rig rig;
  for (int i = 0; i < 1'000; ++i) rig.add(rig.function("f" + std::to_string(i)));
  CHECK(rig.call("f500", "", "echo a").payload == "a");
  CHECK(rig.plans() == 1);
  CHECK(rig.dispatcher().activity("f0").environments == 0);
}

TEST_CASE("stopping answers what is under way, in retired deployments too") {
  Rig rig;
  auto function = rig.function("orders");
  function.latest.config.timeout = std::chrono::seconds(900);
  rig.add(function);
  auto retired = rig.invoke("orders", "", "await /no/such/gate");
  rig.deploy("orders", "new");
  auto present = rig.invoke("orders", "", "await /no/such/gate");
  const auto target = rig.dispatcher().resolve("orders", "");
  rig.dispatcher().stop();
  CHECK(rig.wait(std::move(retired)).kind == Kind::Cancelled);
  CHECK(rig.wait(std::move(present)).kind == Kind::Cancelled);
  CHECK(rig.call("orders", "", "echo a").kind == Kind::Cancelled);
  rig.deploy("orders", "newer");
}
