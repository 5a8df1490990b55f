#include "emulator/function/log_filter.h"

#include "tests/support/catch.h"

using namespace emulator;
using platform_event::Report;
using platform_event::Start;
using platform_event::Status;

namespace {

const platform_event::Time kTime{std::chrono::milliseconds(1'665'532'815'064)};

LogFilter json_filter(std::string application, std::string system = "INFO") {
  return {{LogFormat::AsJson, std::move(application), std::move(system), {}}, LogWords::Lambda};
}

std::string line(const std::string& level,
                 const std::string& timestamp = "2023-10-27T19:17:45.586Z") {
  return R"({"timestamp":")" + timestamp + R"(","level":")" + level + R"(","message":"m"})";
}

}  // namespace

TEST_CASE("a text log has every line, and the events that have a line") {
  const LogFilter filter({}, LogWords::Lambda);
  CHECK(filter.keeps("anything"));
  CHECK(filter.keeps(line("TRACE")));
  CHECK(filter.rendered(Start{"id", "1"}, kTime) == "START RequestId: id Version: 1");
  CHECK_FALSE(filter.rendered(platform_event::RuntimeDone{"id"}, kTime));
}

TEST_CASE("application lines of a JSON log pass by their own level") {
  const auto warn = json_filter("WARN");
  CHECK(warn.keeps(line("WARN")));
  CHECK(warn.keeps(line("error")));
  CHECK_FALSE(warn.keeps(line("INFO")));
  CHECK_FALSE(json_filter("INFO").keeps(line("DEBUG")));
  CHECK(json_filter("INFO").keeps(line("INFO")));
  CHECK(json_filter("TRACE").keeps(line("TRACE")));
  // Without a valid level or timestamp a line counts as INFO.
  for (const auto& odd :
       {std::string("a text"), std::string("{broken"), line("NOTICE"), line("ERROR", "yesterday"),
        std::string(R"({"level":"ERROR"})"), std::string(R"({"level":1,"timestamp":2})"),
        std::string(R"(["ERROR"])")}) {
    INFO(odd);
    CHECK(json_filter("INFO").keeps(odd));
    CHECK_FALSE(warn.keeps(odd));
  }
}

TEST_CASE("events of a JSON log pass by the system level") {
  CHECK(json_filter("INFO").rendered(Start{"id", "1"}, kTime) ==
        R"({"time":"2022-10-12T00:00:15.064Z","type":"platform.start",)"
        R"("record":{"requestId":"id","version":"1"}})");
  CHECK_FALSE(json_filter("INFO").rendered(platform_event::RuntimeDone{"id"}, kTime));
  CHECK(json_filter("INFO", "DEBUG").rendered(platform_event::RuntimeDone{"id"}, kTime));
  CHECK_FALSE(json_filter("INFO", "WARN").rendered(Report{"id"}, kTime));
  CHECK(json_filter("INFO", "WARN").rendered(Report{"id", Status::Timeout}, kTime));
  CHECK_FALSE(json_filter("TRACE", "DEBUG").rendered(platform_event::End{"id"}, kTime));
}

TEST_CASE("aws-lambda-rie's REPORT has the init first and does not bill it") {
  const LogFilter filter({}, LogWords::Rie);
  Report report{"id", Status::Error};
  report.duration = std::chrono::microseconds(3'010);
  report.init_duration = std::chrono::microseconds(110'100);
  report.memory_size_mb = 3008;
  report.max_memory_used_kb = 36 * 1024;
  CHECK(filter.rendered(report, kTime) ==
        "REPORT RequestId: id\tInit Duration: 110.10 ms\tDuration: 3.01 ms\tBilled Duration: 4 ms\t"
        "Memory Size: 3008 MB\tMax Memory Used: 36 MB\t");
  CHECK(filter.rendered(Start{"id", "$LATEST"}, kTime) == "START RequestId: id Version: $LATEST");
  platform_event::InitReport init;
  init.status = Status::Error;
  CHECK_FALSE(filter.rendered(init, kTime));
}

TEST_CASE("timestamps are RFC 3339") {
  for (const auto* good : {"2023-10-27T19:17:45Z", "2023-10-27T19:17:45.5Z",
                           "2023-10-27T19:17:45.123456+02:00", "2023-10-27T19:17:45-00:00"}) {
    INFO(good);
    CHECK(is_timestamp(good));
  }
  for (const auto* bad : {"", "2023-10-27", "2023-10-27 19:17:45Z", "2023-10-27T19:17:45",
                          "2023-10-27T19:17:45.Z", "2023-10-27T19:17:45+02", "x"}) {
    INFO(bad);
    CHECK_FALSE(is_timestamp(bad));
  }
}
