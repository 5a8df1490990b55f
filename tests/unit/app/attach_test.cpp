#include "emulator/attach.h"

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("a function in front of the path of a Runtime API attaches") {
  CHECK(attached_function("GET /orders/2018-06-01/runtime/invocation/next HTTP/1.1\r\n") ==
        "orders");
  CHECK(attached_function("POST /a-b_c/2018-06-01/runtime/invocation/1/response HTTP/1.1") ==
        "a-b_c");
  CHECK(attached_function("POST /f/2020-01-01/extension/register HTTP/1.1") == "f");
  CHECK(attached_function("PUT /f/2022-07-01/telemetry HTTP/1.1") == "f");
}

TEST_CASE("everything else is the control plane's") {
  for (const auto* head :
       {"", "GET", "GET /", "GET / HTTP/1.1", "GET /2018-06-01/runtime/invocation/next HTTP/1.1",
        "POST /2015-03-31/functions/f/invocations HTTP/1.1", "GET /_klambda/status HTTP/1.1",
        "GET /f/2018-06-01 HTTP/1.1", "GET http://f/2018-06-01/runtime/ HTTP/1.1"}) {
    INFO(head);
    CHECK_FALSE(attached_function(head));
  }
}
