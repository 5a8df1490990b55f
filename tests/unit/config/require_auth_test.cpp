// --require-auth, whose value is a secret.
#include <cstdlib>

#include "tests/support/catch.h"
#include "tests/unit/config/command_line_support.h"

using namespace emulator;

namespace {

// Set for one test.
class Variable {
 public:
  explicit Variable(const char* value) { ::setenv(kName, value, 1); }
  ~Variable() { ::unsetenv(kName); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  static constexpr const char* kName = "KLAMBDA_REQUIRE_AUTH";
};

std::string key_of(const std::vector<std::string>& arguments) {
  const auto key = parsed<StartCommand>(arguments).serve.require_auth;
  return key ? key->access_key_id + " " + key->secret_access_key : "none";
}

}  // namespace

TEST_CASE("require-auth: a key and its secret, from the command line or the environment") {
  CHECK(key_of({"start"}) == "none");
  CHECK(key_of({"start", "--require-auth", "AKID:a/b+c:d="}) == "AKID a/b+c:d=");
  const Variable variable("OTHER:secret");
  CHECK(key_of({"start"}) == "OTHER secret");
  CHECK(key_of({"start", "--require-auth", "AKID:mine"}) == "AKID mine");
}

TEST_CASE("require-auth: what is no key is one line that does not show it") {
  for (const char* value : {"hunter2", ":hunter2", "hunter2:", ":"}) {
    INFO(value);
    CHECK(usage_mistake({"start", "--require-auth", value}) ==
          "klambda start: --require-auth: it is written KEY:SECRET (what was given is not shown)");
  }
  const Variable variable("hunter2");
  CHECK(usage_mistake({"run", "--handler", "app.handler"}) ==
        "klambda run: --require-auth: it is written KEY:SECRET (what was given is not shown)");
}

TEST_CASE("require-auth: help names the variable and shows no value") {
  const Variable variable("AKID:hunter2");
  const auto said = parse({"start", "--help"});
  CHECK(said.out.find("KLAMBDA_REQUIRE_AUTH") != std::string::npos);
  CHECK(said.out.find("hunter2") == std::string::npos);
}
