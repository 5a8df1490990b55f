// Names and ports, each with a limit of time.
#include "emulator/doctor/network_look.h"

#include "tests/support/catch.h"
#include "tests/unit/doctor/listener.h"

using namespace emulator;
using namespace emulator::test;
using std::chrono::milliseconds;

namespace {
constexpr milliseconds kLimit{5'000};
}

TEST_CASE("doctor: names resolve, or the name service's reason is said") {
  const auto here = resolve({"127.0.0.1", "9092"}, kLimit);
  REQUIRE(here.addresses.size() == 1);
  CHECK(here.addresses.front().text() == "127.0.0.1");
  const auto nowhere = resolve({"no-such-host.invalid", "9092"}, kLimit);
  CHECK(nowhere.addresses.empty());
  CHECK_FALSE(nowhere.problem.empty());
}

TEST_CASE("doctor: an open port is found among addresses that refuse") {
  const Listener open;
  const Listener closed(Listener::State::Closed);
  auto addresses = resolve({"127.0.0.1", closed.port()}, kLimit).addresses;
  const auto refused = connect_to(addresses, kLimit);
  CHECK(refused.socket.get() == -1);
  CHECK(refused.problem == "connection refused");
  addresses.push_back(resolve({"127.0.0.1", open.port()}, kLimit).addresses.front());
  const auto connected = connect_to(addresses, kLimit);
  CHECK(connected.socket.get() != -1);
  CHECK(connected.problem.empty());
}

TEST_CASE("doctor: a place is reachable, or why it is not") {
  const Listener open;
  const Listener closed(Listener::State::Closed);
  CHECK_FALSE(why_not_reachable({"127.0.0.1", open.port()}, kLimit));
  CHECK(why_not_reachable({"127.0.0.1", closed.port()}, kLimit) == "connection refused");
  const auto unknown = why_not_reachable({"no-such-host.invalid", "9092"}, kLimit);
  REQUIRE(unknown);
  CHECK(unknown->find("the name does not resolve: ") == 0);
}

TEST_CASE("doctor: a full queue of connections is no answer, in time") {
  // Linux completes as many connections as the backlog has room for; later ones get no answer.
  const Listener listener(Listener::State::Closed);
  REQUIRE(::listen(listener.fd(), 0) == 0);
  const auto addresses = resolve({"127.0.0.1", listener.port()}, kLimit).addresses;
  std::vector<Connected> filling;
  std::string problem;
  for (int i = 0; i < 8 && problem.empty(); ++i) {
    filling.push_back(connect_to(addresses, milliseconds(200)));
    problem = filling.back().problem;
  }
  CHECK(problem == "no answer within 200 ms");
}
