// stop() in every phase: everything outstanding is answered, no process is left.
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/function/function_rig.h"

using namespace function_test;
using Kind = Outcome::Kind;

namespace {

pid_t pid_in(const std::filesystem::path& file) {
  pid_t pid = 0;
  eventually([&] {
    std::ifstream(file) >> pid;
    return pid > 0;
  });
  return pid;
}

}  // namespace

TEST_CASE("stop before anything and twice") {
  Rig rig;
  rig.pool().stop();
  rig.pool().stop();
  CHECK(rig.call("echo x").kind == Kind::Cancelled);
  CHECK(rig.warm_up().has_value());
}

TEST_CASE("stop while environments are idle") {
  Rig rig;
  const auto child = static_cast<pid_t>(std::atoi(rig.answer("child").c_str()));
  const auto pid = rig.pid();
  rig.pool().stop();
  CHECK_FALSE(process_exists(pid));
  CHECK(eventually([&] { return !process_exists(child); }));
}

TEST_CASE("stop while invocations run and wait") {
  Pool::Options options;
  options.max_environments = 1;
  Rig rig(options);
  const auto file = rig.directory().path() / "pid";
  rig.function().environment["HANG_FILE"] = file.string();
  std::vector<std::future<Outcome>> outstanding;
  outstanding.push_back(rig.invoke("hang"));
  for (int i = 0; i < 5; ++i) outstanding.push_back(rig.invoke("echo x"));
  const auto pid = pid_in(file);
  REQUIRE(pid > 0);
  rig.pool().stop();
  for (auto& each : outstanding) {
    const auto outcome = Rig::wait(each);
    REQUIRE(outcome);
    CHECK(outcome->kind == Kind::Cancelled);
  }
  CHECK_FALSE(process_exists(pid));
}

TEST_CASE("stop during init") {
  Rig rig;
  const auto file = rig.directory().path() / "pid";
  rig.function().environment["HANG_FILE"] = file.string();
  rig.function().environment["INIT"] = "hang";
  auto outstanding = rig.invoke("echo x");
  const auto pid = pid_in(file);
  REQUIRE(pid > 0);
  rig.pool().stop();
  CHECK(Rig::wait(outstanding)->kind == Kind::Cancelled);
  CHECK_FALSE(process_exists(pid));
}

TEST_CASE("stop during a repeated init") {
  Pool::Options options;
  options.init_timeout = std::chrono::milliseconds(50);
  Rig rig(options);
  rig.function().timeout = std::chrono::seconds(900);
  const auto file = rig.directory().path() / "pid";
  rig.function().environment["HANG_FILE"] = file.string();
  rig.function().environment["INIT"] = "hang";
  auto outstanding = rig.invoke("echo x");
  // Only a process of the repeated init lives several times as long as the init limit.
  pid_t second = 0;
  REQUIRE(eventually([&] {
    second = pid_in(file);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return process_exists(second) && pid_in(file) == second;
  }));
  rig.pool().stop();
  CHECK(Rig::wait(outstanding)->kind == Kind::Cancelled);
  CHECK_FALSE(process_exists(second));
}

TEST_CASE("stop at random moments of a launch") {
  for (int i = 0; i < 20; ++i) {
    Rig rig;
    std::vector<std::future<Outcome>> outstanding;
    for (int k = 0; k < 4; ++k) outstanding.push_back(rig.invoke("echo x"));
    std::this_thread::sleep_for(std::chrono::microseconds(300 * i));
    rig.pool().stop();
    for (auto& each : outstanding) {
      const auto outcome = Rig::wait(each);
      REQUIRE(outcome);
      CHECK((outcome->kind == Kind::Cancelled || outcome->kind == Kind::Success));
    }
  }
}
