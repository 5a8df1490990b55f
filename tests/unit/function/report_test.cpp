#include "emulator/function/report.h"

#include <signal.h>

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("texts of ends and timeouts") {
  CHECK(timeout_text(std::chrono::seconds(3)) == "Task timed out after 3.00 seconds");
  CHECK(exit_text({false, 0, 0}) == "Runtime exited without providing a reason");
  CHECK(exit_text({false, 127, 0}) == "Runtime exited with error: exit status 127");
  CHECK(exit_text({true, SIGKILL, 0}) == "Runtime exited with error: signal: killed");
  CHECK(exit_text({true, SIGSEGV, 0}) == "Runtime exited with error: signal: segmentation fault");
  CHECK(fault_text("id") == "RequestId: id Process exited before completing request");
  CHECK(failure_payload("T", "a\"b", "text") ==
        R"({"errorType":"T","errorMessage":"RequestId: a\"b Error: text"})");
}

TEST_CASE("the message of a posted error, or what it says instead") {
  CHECK(error_message_of(R"({"errorMessage":"m","errorType":"T"})") == "m");
  CHECK(error_message_of(R"({"errorType":"T"})") == R"({"errorType":"T"})");
  CHECK(error_message_of("plain") == "plain");
}
