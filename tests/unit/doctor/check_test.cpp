// Which steps are taken, and how what they found is shown.
#include "emulator/doctor/check.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

Examination broken() {
  Examination examination("Orders/Event");
  examination.look("port", {}, [] { return Check::good("localhost:9092 is open"); });
  examination.look("login", {"port", "TLS"},
                   [] { return Check::bad("the password is wrong", "correct the secret"); });
  examination.look("metadata", {"login"}, [] { return Check::good("never seen"); });
  examination.look("topic", {"metadata"}, [] { return Check::good("never seen"); });
  examination.look("function", {}, [] { return Check::good("app.handler"); });
  return examination;
}

}  // namespace

TEST_CASE("doctor: what needs a step that is not good is skipped, the rest is looked at") {
  const auto examination = broken();
  REQUIRE(examination.checks().size() == 5);
  using State = Check::State;
  CHECK(examination.checks()[1].state == State::Bad);
  CHECK(examination.checks()[2].state == State::Skipped);
  CHECK(examination.checks()[3].state == State::Skipped);
  CHECK(examination.checks()[4].state == State::Good);
  CHECK_FALSE(examination.is_well());
}

TEST_CASE("doctor: texts have a mark a step, and a line how to mend what is bad") {
  const auto text = as_text({broken()}, Marks::Unicode);
  CHECK(text ==
        "Orders/Event\n"
        "  ✓ port      localhost:9092 is open\n"
        "  ✗ login     the password is wrong\n"
        "              → correct the secret\n"
        "  - metadata  not looked at because of: login\n"
        "  - topic     not looked at because of: metadata\n"
        "  ✓ function  app.handler\n"
        "\n"
        "1 problem, 2 steps not taken because of that\n");
  const auto plain = as_text({broken()}, Marks::Ascii);
  CHECK(plain.find("  x login     the password is wrong\n              > correct") !=
        std::string::npos);
  CHECK(plain.find("  + port") != std::string::npos);
}

TEST_CASE("doctor: JSON says the same") {
  const auto json = nlohmann::json::parse(as_json({broken(), Examination("Empty")}));
  CHECK(json["ok"] == false);
  CHECK(json["examinations"][0]["subject"] == "Orders/Event");
  CHECK(json["examinations"][0]["ok"] == false);
  CHECK(json["examinations"][1]["ok"] == true);
  const auto& checks = json["examinations"][0]["checks"];
  CHECK(checks[0] ==
        nlohmann::json{{"name", "port"}, {"state", "good"}, {"text", "localhost:9092 is open"}});
  CHECK(checks[1]["remedy"] == "correct the secret");
  CHECK(checks[2]["state"] == "skipped");
}

TEST_CASE("doctor: all is well where nothing is bad") {
  Examination examination("Orders/Event");
  CHECK(examination.look("port", {}, [] { return Check::good("open"); }));
  CHECK(as_text({examination}, Marks::Unicode).find("all is well\n") != std::string::npos);
  CHECK(nlohmann::json::parse(as_json({examination}))["ok"] == true);
}

TEST_CASE("doctor: a line is taken apart into what is wrong and how to mend it") {
  const auto check = Check::bad_line("Kafka at b: refuses; no user; correct the secret", "; ");
  CHECK(check.text == "Kafka at b: refuses; no user");
  CHECK(check.remedy == "correct the secret");
  CHECK(Check::bad_line("no mark", "; ").text == "no mark");
  CHECK(Check::bad_line("no mark", "; ").remedy.empty());
}
