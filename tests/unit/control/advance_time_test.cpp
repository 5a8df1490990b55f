#include "emulator/control/advance_time.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "emulator/control/control_plane.h"
#include "tests/support/catch.h"
#include "tests/support/http_client.h"

using namespace emulator;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kNowMs = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

// A control plane whose clock only notes how it was moved.
struct Rig {
  Rig() : plane("127.0.0.1", 0, router()) {}
  ~Rig() { plane.stop(); }

  test::HttpReply post(const std::string& query, const std::string& body) {
    const std::string url = plane.url();
    const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    return test::HttpClient(port).request("POST", "/_klambda/advance-time" + query, body);
  }

  Router router() {
    Router made;
    add_advance_time(made, [this](std::chrono::milliseconds by) {
      advances.push_back(by);
      return kNowMs + by.count();
    });
    return made;
  }

  std::vector<std::chrono::milliseconds> advances;
  ControlPlane plane;
};

}  // namespace

TEST_CASE("advance-time: body or query say how far") {
  struct Row {
    const char* query;
    const char* body;
    std::chrono::milliseconds by;
  };
  const Row rows[] = {
      {"", R"({"seconds": 604800})", 168h},
      {"", R"({"seconds": 0.25, "why": "the window"})", 250ms},
      {"", R"({"seconds": 0})", 0ms},
      {"?seconds=90", "", 90s},
      {"?seconds=1.5", R"({"seconds": 7})", 1'500ms},
      {"?seconds=315360000", "", 87'600h},
  };
  for (const Row& row : rows) {
    INFO(row.query << row.body);
    Rig rig;
    const auto reply = rig.post(row.query, row.body);
    CHECK(reply.status == 200);
    CHECK(rig.advances == std::vector{row.by});
  }
  Rig rig;
  CHECK(rig.post("?seconds=3600", "").body ==
        R"({"advancedSeconds":3600.0,"now":"2026-01-01T01:00:00.000Z"})");
}

TEST_CASE("advance-time: anything else is one clear error and moves nothing") {
  struct Row {
    const char* query;
    const char* body;
    const char* message;
  };
  const char* const missing =
      "How far to move the clock is missing: send {\"seconds\": 3600}, or ?seconds=3600.";
  const char* const no_object = "Could not parse request body into json: it is not a JSON object";
  const char* const out_of_range =
      "The clock only moves ahead, by at most ten years: \"seconds\" is from 0 to 315360000.";
  const Row rows[] = {
      {"", "", missing},
      {"", "{}", missing},
      {"", "60", no_object},
      {"", "[60]", no_object},
      {"",
       "{\"seconds\": ", "Could not parse request body into json: it is no valid JSON at byte 13"},
      {"", R"({"seconds": "60"})", missing},
      {"", R"({"seconds": null})", missing},
      {"?seconds=", "", missing},
      {"?seconds=soon", R"({"seconds": 60})", missing},
      {"?minutes=5", "", missing},
      {"", R"({"seconds": -1})", out_of_range},
      {"?seconds=-0.001", "", out_of_range},
      {"?seconds=315360001", "", out_of_range},
      {"?seconds=1e300", "", out_of_range},
  };
  Rig rig;
  for (const Row& row : rows) {
    INFO(row.query << row.body);
    const auto reply = rig.post(row.query, row.body);
    CHECK(reply.status == 400);
    CHECK(nlohmann::json::parse(reply.body)["message"] == row.message);
  }
  CHECK(rig.advances.empty());
}

TEST_CASE("advance-time: only POST") {
  Rig rig;
  const std::string url = rig.plane.url();
  const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  CHECK(test::HttpClient(port).request("GET", "/_klambda/advance-time?seconds=1").status == 405);
  CHECK(rig.advances.empty());
}
