#include "runtime_api/telemetry.h"

#include <string>
#include <utility>
#include <vector>

#include "runtime_api/json_text.h"
#include "tests/support/catch.h"
#include "tests/unit/runtime_api/telemetry_subscriber.h"

using namespace runtime_api;
using namespace std::chrono_literals;
using test::HttpSubscriber;
using test::json;
using test::TcpSubscriber;

namespace {

constexpr auto kFunction = TelemetryType::Function;
constexpr auto kPlatform = TelemetryType::Platform;
constexpr auto kExtension = TelemetryType::Extension;
const Telemetry::Time kTime{1'665'532'815'064ms};

struct Owner {
  std::mutex mutex;
  std::vector<std::string> subscribed;
  std::vector<TelemetryDrop> drops;

  TelemetryEvents events() {
    return {[this](const std::string& name, const TelemetrySubscription&) {
              const std::lock_guard lock(mutex);
              subscribed.push_back(name);
            },
            [this](const std::string&, const TelemetryDrop& drop) {
              const std::lock_guard lock(mutex);
              drops.push_back(drop);
            },
            [](const TelemetryDrop& drop) {
              return json({{"time", "t"},
                           {"type", "platform.logsDropped"},
                           {"record",
                            {{"reason", drop.reason},
                             {"droppedRecords", drop.records},
                             {"droppedBytes", drop.bytes}}}})
                  .dump();
            }};
  }
  std::size_t dropped() {
    const std::lock_guard lock(mutex);
    std::size_t records = 0;
    for (const auto& drop : drops) records += drop.records;
    return records;
  }
};

PlatformRecord platform_record(const std::string& type) {
  const std::string text = R"({"time":"t","type":"platform.)" + type + R"(","record":{}})";
  return {text, {}, false};
}

std::vector<std::string> lines_of(const std::vector<json>& records) {
  std::vector<std::string> lines;
  for (const auto& record : records) lines.push_back(record["record"].get<std::string>());
  return lines;
}

}  // namespace

TEST_CASE("lines and platform events reach a subscriber in order, in its types") {
  Owner owner;
  HttpSubscriber subscriber;
  Telemetry telemetry(Telemetry::LogFormat::Text, owner.events());
  CHECK_FALSE(telemetry.subscribe("agent", subscriber.subscription({kFunction, kPlatform})));
  CHECK(owner.subscribed == std::vector<std::string>{"agent"});
  telemetry.platform(platform_record("start"));
  telemetry.line(kFunction, kTime, "one \"quoted\" \xff line");
  telemetry.line(kExtension, kTime, "not asked for");
  telemetry.line(kFunction, kTime, R"({"a":1})");
  REQUIRE(subscriber.reaches(3));
  telemetry.stop();
  const auto records = subscriber.records();
  REQUIRE(records.size() == 3);
  CHECK(records[0]["type"] == "platform.start");
  CHECK(records[1] == json({{"time", "2022-10-12T00:00:15.064Z"},
                            {"type", "function"},
                            {"record", "one \"quoted\" \xEF\xBF\xBD line"}}));
  CHECK(records[2]["record"] == R"({"a":1})");
  CHECK(subscriber.host.substr(0, 20) == "sandbox.localdomain:");
}

TEST_CASE("a JSON line is an object when function and schema say so") {
  const auto record_of = [](Telemetry::LogFormat format, const std::string& schema,
                            const std::string& line) {
    HttpSubscriber subscriber;
    Telemetry telemetry(format, {});
    auto subscription = subscriber.subscription({kFunction});
    subscription.schema_version = schema;
    telemetry.subscribe("agent", subscription);
    telemetry.line(kFunction, kTime, line);
    REQUIRE(subscriber.reaches(1));
    telemetry.stop();
    return subscriber.records()[0]["record"];
  };
  using Format = Telemetry::LogFormat;
  CHECK(record_of(Format::Json, "2022-12-13", R"({"a":[1]})") == json({{"a", {1}}}));
  CHECK(record_of(Format::Json, "2025-01-29", R"({"a":1})").is_object());
  CHECK(record_of(Format::Json, "2022-07-01", R"({"a":1})").is_string());
  CHECK(record_of(Format::Text, "2022-12-13", R"({"a":1})").is_string());
  CHECK(record_of(Format::Json, "2022-12-13", R"({"a":1}})").is_string());
  CHECK(record_of(Format::Json, "2022-12-13", "[1]").is_string());
  CHECK(record_of(Format::Json, "2022-12-13", "plain").is_string());
}

TEST_CASE("what happened before somebody subscribed is sent to him") {
  HttpSubscriber subscriber;
  Telemetry telemetry(Telemetry::LogFormat::Text, {});
  telemetry.platform(platform_record("initStart"));
  telemetry.line(kFunction, kTime, "import");
  telemetry.subscribe("agent", subscriber.subscription({kFunction, kPlatform}));
  telemetry.close_subscriptions();
  telemetry.line(kFunction, kTime, "later");
  REQUIRE(subscriber.reaches(3));
  telemetry.stop();
  const auto records = subscriber.records();
  CHECK(records[0]["type"] == "platform.initStart");
  CHECK(records[1]["record"] == "import");
  CHECK(records[2]["record"] == "later");
}

TEST_CASE("subscribing is over after init, and nothing is kept when nobody has") {
  HttpSubscriber subscriber;
  Telemetry telemetry(Telemetry::LogFormat::Text, {});
  CHECK(telemetry.active());
  telemetry.close_subscriptions();
  CHECK_FALSE(telemetry.active());
  auto subscription = subscriber.subscription({kFunction});
  auto refusal = telemetry.subscribe("agent", subscription);
  REQUIRE(refusal.has_value());
  CHECK(refusal->status == 403);
  CHECK(refusal->type == "Telemetry.SubscriptionClosed");
  subscription.api = TelemetryApi::Logs;
  CHECK(telemetry.subscribe("agent", subscription)->type == "Logs.SubscriptionClosed");
}

TEST_CASE("one subscription an extension, of one of the two APIs") {
  Owner owner;
  HttpSubscriber subscriber;
  HttpSubscriber other;
  Telemetry telemetry(Telemetry::LogFormat::Text, owner.events());
  auto subscription = subscriber.subscription({kFunction});
  CHECK_FALSE(telemetry.subscribe("agent", subscription));
  CHECK_FALSE(telemetry.subscribe("agent", subscription));
  CHECK(owner.subscribed.size() == 1);
  telemetry.line(kFunction, kTime, "first");
  CHECK_FALSE(telemetry.subscribe("agent", other.subscription({kFunction})));
  CHECK(owner.subscribed.size() == 2);
  telemetry.line(kFunction, kTime, "second");
  CHECK(subscriber.reaches(1));
  CHECK(other.reaches(1));
  subscription.api = TelemetryApi::Logs;
  const auto refusal = telemetry.subscribe("agent", subscription);
  REQUIRE(refusal.has_value());
  CHECK(refusal->status == 400);
  CHECK_FALSE(telemetry.subscribe("another", subscription));
  telemetry.stop();
  CHECK(lines_of(subscriber.records()) == std::vector<std::string>{"first"});
  CHECK(lines_of(other.records()) == std::vector<std::string>{"second"});
}

TEST_CASE("the Logs API gets its own platform events") {
  HttpSubscriber older;
  HttpSubscriber newer;
  Telemetry telemetry(Telemetry::LogFormat::Json, {});
  auto subscription = older.subscription({kPlatform, kFunction});
  subscription.api = TelemetryApi::Logs;
  subscription.schema_version = "2020-08-15";
  telemetry.subscribe("older", subscription);
  subscription.port = newer.subscription({}).port;
  subscription.schema_version = "2021-03-18";
  telemetry.subscribe("newer", subscription);
  telemetry.platform(platform_record("initStart"));
  telemetry.platform({{}, R"({"type":"platform.end"})", false});
  telemetry.platform(
      {R"({"type":"platform.runtimeDone"})", R"({"type":"platform.runtimeDone"})", true});
  telemetry.line(kFunction, kTime, R"({"a":1})");
  REQUIRE(older.reaches(2));
  REQUIRE(newer.reaches(3));
  telemetry.stop();
  CHECK(older.records()[0]["type"] == "platform.end");
  CHECK(older.records()[1]["record"] == R"({"a":1})");
  CHECK(newer.records()[1]["type"] == "platform.runtimeDone");
}

TEST_CASE("TCP gets a record a line") {
  TcpSubscriber subscriber;
  Telemetry telemetry(Telemetry::LogFormat::Text, {});
  telemetry.subscribe("agent", subscriber.subscription());
  telemetry.line(kFunction, kTime, "one\ttwo");
  telemetry.line(kFunction, kTime, "three");
  REQUIRE(subscriber.reaches(2));
  CHECK(lines_of(subscriber.records()) == std::vector<std::string>{"one\ttwo", "three"});
  telemetry.stop();
}

TEST_CASE("a batch is full by items or by bytes, else it leaves in time") {
  HttpSubscriber subscriber;
  Telemetry telemetry(Telemetry::LogFormat::Text, {});
  auto subscription = subscriber.subscription({kFunction});
  subscription.timeout = 30s;
  subscription.max_items = 1'000;
  SECTION("items") {
    telemetry.subscribe("agent", subscription);
    for (int line = 0; line < 2'500; ++line) telemetry.line(kFunction, kTime, "x");
    REQUIRE(subscriber.reaches(2'000));
    CHECK(subscriber.batches() == std::vector<std::size_t>{1'000, 1'000});
    telemetry.flush(std::chrono::steady_clock::now() + test::kPatience);
    CHECK(subscriber.count() == 2'500);
  }
  SECTION("bytes") {
    telemetry.subscribe("agent", subscription);
    const std::string line(100'000, 'x');
    for (int count = 0; count < 4; ++count) telemetry.line(kFunction, kTime, line);
    REQUIRE(subscriber.reaches(3));
    CHECK(subscriber.batches().front() == 3);
    telemetry.hurry();
    CHECK(subscriber.reaches(4));
  }
  SECTION("time") {
    subscription.timeout = 25ms;
    telemetry.subscribe("agent", subscription);
    telemetry.line(kFunction, kTime, "x");
    CHECK(subscriber.reaches(1));
  }
  telemetry.stop();
}

TEST_CASE("what a subscriber refuses is counted and told, and the rest goes on") {
  Owner owner;
  HttpSubscriber subscriber;
  Telemetry telemetry(Telemetry::LogFormat::Text, owner.events());
  telemetry.subscribe("agent", subscriber.subscription({kFunction, kPlatform}));
  subscriber.status = 500;
  telemetry.line(kFunction, kTime, "lost");
  REQUIRE(test::eventually([&] { return owner.dropped() == 1; }));
  subscriber.status = 200;
  telemetry.line(kFunction, kTime, "kept");
  REQUIRE(subscriber.reaches(2));
  telemetry.stop();
  const auto records = subscriber.records();
  CHECK(records[0]["type"] == "platform.logsDropped");
  CHECK(records[0]["record"]["droppedRecords"] == 1);
  CHECK(records[0]["record"]["droppedBytes"].get<int>() > 0);
  CHECK(records[0]["record"]["reason"] == "could not send events: HTTP status 500");
  CHECK(records[1]["record"] == "kept");
}

TEST_CASE("a slow subscriber holds back, for a time, and then loses the newest") {
  Owner owner;
  HttpSubscriber subscriber;
  Telemetry telemetry(Telemetry::LogFormat::Text, owner.events());
  telemetry.subscribe("agent", subscriber.subscription({kFunction, kPlatform}));
  subscriber.stalled = true;
  subscriber.counts_only = true;
  const std::string line(250'000, 'x');
  const std::size_t fit = TelemetrySender::kBufferBytesMax / line.size();
  std::size_t lines = 0;
  // A machine that needs longer than the sender's patience for these lines never sees it congested.
  for (; lines < fit && !telemetry.congested(); ++lines) telemetry.line(kFunction, kTime, line);
  REQUIRE(test::eventually([&] { return !telemetry.congested(); }));  // its patience is over
  for (; lines < 2 * fit; ++lines) telemetry.line(kFunction, kTime, line);
  subscriber.stalled = false;
  REQUIRE(test::eventually([&] { return owner.dropped() > 0; }));
  telemetry.flush(std::chrono::steady_clock::now() + test::kPatience);
  telemetry.stop();
  CHECK(subscriber.lines + subscriber.told_lost == lines);
  CHECK(subscriber.told_lost == owner.dropped());
  CHECK(subscriber.told_lost > 0);
}

TEST_CASE("stop() does not wait for a subscriber that is stuck, and tells what is left") {
  Owner owner;
  HttpSubscriber subscriber;
  Telemetry telemetry(Telemetry::LogFormat::Text, owner.events());
  telemetry.subscribe("agent", subscriber.subscription({kFunction}));
  subscriber.stalled = true;
  telemetry.line(kFunction, kTime, "one");
  REQUIRE(test::eventually([&] { return subscriber.requests == 1; }));
  telemetry.line(kFunction, kTime, "two");
  const auto before = std::chrono::steady_clock::now();
  telemetry.flush(before + 50ms);
  telemetry.stop();
  CHECK(owner.dropped() == 2);
  subscriber.stalled = false;
}

TEST_CASE("nobody listens") {
  Owner owner;
  Telemetry telemetry(Telemetry::LogFormat::Text, owner.events());
  TelemetrySubscription subscription;
  {
    HttpSubscriber gone;
    subscription = gone.subscription({kFunction});
  }
  SECTION("HTTP") {}
  SECTION("TCP") {
    subscription.protocol = TelemetrySubscription::Protocol::Tcp;
  }
  telemetry.subscribe("agent", subscription);
  telemetry.line(kFunction, kTime, "lost");
  CHECK(test::eventually([&] { return owner.dropped() == 1; }));
}

TEST_CASE("many lines from several threads arrive complete, each thread's in order") {
  HttpSubscriber subscriber;
  Telemetry telemetry(Telemetry::LogFormat::Text, {});
  telemetry.subscribe("agent", subscriber.subscription({kFunction}));
  constexpr int kThreads = 3;
  constexpr int kLines = 5'000;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&telemetry, thread] {
      for (int line = 0; line < kLines; ++line)
        telemetry.line(kFunction, std::chrono::system_clock::now(),
                       std::to_string(thread) + " " + std::to_string(line));
    });
  }
  for (auto& thread : threads) thread.join();
  telemetry.flush(std::chrono::steady_clock::now() + test::kPatience);
  telemetry.stop();
  std::vector<int> next(kThreads, 0);
  bool in_order = true;
  for (const auto& line : lines_of(subscriber.records())) {
    const auto thread = static_cast<std::size_t>(line[0] - '0');
    in_order = in_order && std::stoi(line.substr(2)) == next[thread]++;
  }
  CHECK(in_order);
  CHECK(next == std::vector<int>(kThreads, kLines));
}

TEST_CASE("JSON strings") {
  CHECK(json_string("a\"b\\c\n\r\t\x01") == "\"a\\\"b\\\\c\\n\\r\\t\\u0001\"");
  CHECK(json_string("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80") ==
        "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"");
  const std::string bad = "\xEF\xBF\xBD";
  CHECK(json_string("\xc0\x80") == "\"" + bad + bad + "\"");            // overlong
  CHECK(json_string("\xed\xa0\x80") == "\"" + bad + bad + bad + "\"");  // surrogate
  CHECK(json_string("\xf4\x90\x80\x80") == "\"" + bad + bad + bad + bad + "\"");
  CHECK(json_string("x\xe2\x82") == "\"x" + bad + bad + "\"");  // cut off
}
