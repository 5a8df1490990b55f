// An HTTP address in its parts, and the encoding that URLs and signatures use. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace emulator {

struct Url {
  enum class Scheme { Http, Https };
  Scheme scheme = Scheme::Http;
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string base_path;  // "" or "/below", never with a slash at its end

  // What the Host header says: without the port where it is the scheme's own.
  std::string host_header() const;
  std::string text() const;  // "http://127.0.0.1:4566/below"
};

// "http://127.0.0.1:4566", "https://[::1]:8443/below/"; nullopt: anything else, and anything with a
// user, a query or a fragment.
std::optional<Url> parse_url(std::string_view text);

// Everything but RFC 3986's unreserved characters as %XX, slashes too unless they are kept.
enum class Slashes { Encode, Keep };
std::string percent_encode(std::string_view text, Slashes slashes);

}  // namespace emulator
