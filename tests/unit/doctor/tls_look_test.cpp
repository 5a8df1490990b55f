// What a server's certificate is worth, seen from a client.
#include "emulator/doctor/tls_look.h"

#include <openssl/x509_vfy.h>

#include <stdexcept>

#include "emulator/doctor/network_look.h"
#include "tests/support/catch.h"
#include "tests/unit/doctor/listener.h"

using namespace emulator;
using namespace emulator::test;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLimit{10'000};

TlsSight look(const Listener& listener, const std::string& host, const std::string& authorities,
              milliseconds limit = kLimit) {
  const auto connected =
      connect_to(resolve({"127.0.0.1", listener.port()}, kLimit).addresses, kLimit);
  REQUIRE(connected.socket.get() != -1);
  return look_at_tls(connected.socket.get(), host, authorities, limit);
}

}  // namespace

TEST_CASE("doctor: a certificate of the right name and authority is believed") {
  const PemPair pair("broker.internal", 30 * 86'400);
  const TlsServer server(pair);
  const auto sight = look(server.listener(), "broker.internal", pair.certificate());
  CHECK(sight.problem.empty());
  CHECK(sight.certificate_fault == X509_V_OK);
  CHECK(sight.subject == "CN = broker.internal");
  CHECK(sight.issuer == "CN = broker.internal");
  CHECK(sight.days_left >= 29);
  CHECK(sight.days_left <= 30);
}

TEST_CASE("doctor: a certificate that is not believed is shown with its fault") {
  const PemPair pair("broker.internal");
  const PemPair other("other");
  SECTION("another name") {
    const TlsServer server(pair);
    CHECK(look(server.listener(), "elsewhere", pair.certificate()).certificate_fault ==
          X509_V_ERR_HOSTNAME_MISMATCH);
  }
  SECTION("an address that it does not hold") {
    const TlsServer server(pair);
    CHECK(look(server.listener(), "127.0.0.1", pair.certificate()).certificate_fault ==
          X509_V_ERR_IP_ADDRESS_MISMATCH);
  }
  SECTION("signed by nobody whom the client believes") {
    const TlsServer server(pair);
    const auto sight = look(server.listener(), "broker.internal", other.certificate());
    CHECK(sight.problem.empty());
    CHECK(sight.certificate_fault == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    CHECK(sight.subject == "CN = broker.internal");
  }
  SECTION("expired") {
    const PemPair old("broker.internal", -30);
    const TlsServer server(old);
    const auto sight = look(server.listener(), "broker.internal", old.certificate());
    CHECK(sight.certificate_fault == X509_V_ERR_CERT_HAS_EXPIRED);
    CHECK(sight.days_left < 0);
  }
}

TEST_CASE("doctor: a listener without TLS is told from one that has it") {
  const PemPair pair("broker");
  Listener plain;
  std::thread hangs_up([&plain] {
    const platform::Fd client(::accept(plain.fd(), nullptr, nullptr));
    // What it read was no request: it hangs up.
    char byte = 0;
    static_cast<void>(::recv(client.get(), &byte, 1, 0));
  });
  const auto sight = look(plain, "broker", pair.certificate());
  hangs_up.join();
  CHECK_FALSE(sight.problem.empty());
  CHECK(sight.subject.empty());
  const Listener silent;
  const auto nothing = look(silent, "broker", pair.certificate(), milliseconds(50));
  CHECK(nothing.problem == "the handshake gets no answer in time");
  CHECK_FALSE(nothing.speaks_tls);
}

TEST_CASE("doctor: authorities that are none are an error") {
  const Listener silent;
  CHECK_THROWS_AS(look(silent, "broker", "no certificate"), std::runtime_error);
}
