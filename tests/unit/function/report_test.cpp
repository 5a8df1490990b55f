#include "emulator/function/report.h"

#include <signal.h>

#include "tests/support/catch.h"

using namespace emulator;
using std::chrono::microseconds;

TEST_CASE("REPORT lines have AWS's tabs") {
  Report report;
  report.request_id = "id";
  report.duration = microseconds(3'010);
  report.memory_size_mb = 128;
  report.max_memory_used_kb = 36 * 1024;
  CHECK(report_line(report) ==
        "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax "
        "Memory Used: 36 MB\t");
  report.init_duration = microseconds(110'100);
  CHECK(report_line(report) ==
        "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 "
        "MB\tMax Memory Used: 36 MB\t"
        "Init Duration: 110.10 ms\t");
  report.init_duration.reset();
  report.status = ReportStatus::Timeout;
  CHECK(report_line(report) ==
        "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax "
        "Memory Used: 36 MB\t"
        "Status: timeout");
  report.status = ReportStatus::Error;
  report.error_type = "Runtime.ExitError";
  CHECK(report_line(report) ==
        "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax "
        "Memory Used: 36 MB\t"
        "Status: error\tError Type: Runtime.ExitError");
}

TEST_CASE("INIT_REPORT lines as AWS wrote them") {
  CHECK(init_report_line(
            {microseconds(10'008'150), InitReport::Phase::Init, ReportStatus::Timeout, {}}) ==
        "INIT_REPORT Init Duration: 10008.15 ms\tPhase: init\tStatus: timeout");
  CHECK(init_report_line({microseconds(18'930), InitReport::Phase::Init, ReportStatus::Error,
                          "Runtime.ExitError"}) ==
        "INIT_REPORT Init Duration: 18.93 ms\tPhase: init\tStatus: error\tError Type: "
        "Runtime.ExitError");
}

TEST_CASE("texts of ends and timeouts") {
  CHECK(timeout_text(std::chrono::seconds(3)) == "Task timed out after 3.00 seconds");
  CHECK(exit_text({false, 0, 0}) == "Runtime exited without providing a reason");
  CHECK(exit_text({false, 127, 0}) == "Runtime exited with error: exit status 127");
  CHECK(exit_text({true, SIGKILL, 0}) == "Runtime exited with error: signal: killed");
  CHECK(exit_text({true, SIGSEGV, 0}) == "Runtime exited with error: signal: segmentation fault");
  CHECK(failure_payload("T", "a\"b", "text") ==
        R"({"errorType":"T","errorMessage":"RequestId: a\"b Error: text"})");
}

TEST_CASE("the message of a posted error, or what it says instead") {
  CHECK(error_message_of(R"({"errorMessage":"m","errorType":"T"})") == "m");
  CHECK(error_message_of(R"({"errorType":"T"})") == R"({"errorType":"T"})");
  CHECK(error_message_of("plain") == "plain");
}
