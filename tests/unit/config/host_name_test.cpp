#include "emulator/config/host_name.h"

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("a host and its port apart") {
  const struct {
    const char* text;
    const char* host;
    const char* port;
  } rows[] = {
      {"localhost:3001", "localhost", "3001"},
      {"LocalHost", "localhost", ""},
      {"example.com.:80", "example.com", "80"},
      {"[::1]:3001", "::1", "3001"},
      {"[::1]", "::1", ""},
      {"127.0.0.1:", "127.0.0.1", ""},
      {"", "", ""},
      {":80", "", "80"},
      {"[", "[", ""},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const auto parts = split_host_port(row.text);
    CHECK(parts.host == row.host);
    CHECK(parts.port == row.port);
  }
}

TEST_CASE("which hosts are addresses, this machine's, or names of a private network") {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    INFO(host);
    CHECK(is_ip_address(host));
    CHECK(is_loopback_address(host));
    CHECK_FALSE(is_private_name(host));
  }
  for (const char* host : {"10.0.0.1", "8.8.8.8", "fe80::1"}) {
    INFO(host);
    CHECK(is_ip_address(host));
    CHECK_FALSE(is_loopback_address(host));
    CHECK_FALSE(is_private_name(host));
  }
  for (const char* host : {"kafka", "klambda_1", "printer.local", "host.docker.internal"}) {
    INFO(host);
    CHECK_FALSE(is_ip_address(host));
    CHECK(is_private_name(host));
  }
  for (const char* host :
       {"", "example.com", "134744072", "0x8080808", "local", "127.0.0.1.nip.io"}) {
    INFO(host);
    CHECK_FALSE(is_ip_address(host));
    CHECK(is_private_name(host) == (std::string(host) == "local"));
  }
}

TEST_CASE("hosts: how this machine reaches a listener") {
  CHECK(local_url("127.0.0.1", 3001) == "http://127.0.0.1:3001");
  CHECK(local_url("localhost", 1) == "http://localhost:1");
  CHECK(local_url("0.0.0.0", 3001) == "http://127.0.0.1:3001");
  CHECK(local_url("::", 3001) == "http://[::1]:3001");
  CHECK(local_url("fe80::1", 3001) == "http://[fe80::1]:3001");
  CHECK(local_url("127.0.0.1", 0).empty());
}
