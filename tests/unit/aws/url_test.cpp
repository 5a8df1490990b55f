#include "emulator/aws/url.h"

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("url: scheme, host, port and base path") {
  const auto plain = parse_url("http://127.0.0.1:4566");
  REQUIRE(plain);
  CHECK(plain->scheme == Url::Scheme::Http);
  CHECK(plain->host == "127.0.0.1");
  CHECK(plain->port == 4566);
  CHECK(plain->base_path.empty());
  CHECK(plain->host_header() == "127.0.0.1:4566");

  const auto six = parse_url("https://[fe80::1]:8443/below/here//");
  REQUIRE(six);
  CHECK(six->scheme == Url::Scheme::Https);
  CHECK(six->host == "fe80::1");
  CHECK(six->base_path == "/below/here");
  CHECK(six->host_header() == "[fe80::1]:8443");
  CHECK(six->text() == "https://[fe80::1]:8443/below/here");
}

TEST_CASE("url: a scheme's own port is not said") {
  CHECK(parse_url("http://local_stack.internal/")->text() == "http://local_stack.internal");
  CHECK(parse_url("https://localhost:443")->host_header() == "localhost");
  CHECK(parse_url("http://localhost:443")->host_header() == "localhost:443");
}

TEST_CASE("url: what is none") {
  for (const char* text :
       {"", "localhost:4566", "ftp://localhost", "http://", "http://:80", "http://a:", "http://a:0",
        "http://a:65536", "http://a:x", "http://a b", "http://[::1", "http://[]", "http://[a]",
        "http://[::1]x", "http://user:password@host", "http://host/?a=b", "http://host#a",
        "HTTP://host"})
    CHECK_FALSE(parse_url(text));
}

TEST_CASE("url: percent-encoding") {
  CHECK(percent_encode("aZ09-._~", Slashes::Encode) == "aZ09-._~");
  CHECK(percent_encode("a b+\xc3\xbc/x%", Slashes::Encode) == "a%20b%2B%C3%BC%2Fx%25");
  CHECK(percent_encode("a/b", Slashes::Keep) == "a/b");
}
