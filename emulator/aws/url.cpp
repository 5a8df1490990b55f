#include "emulator/aws/url.h"

#include <algorithm>

#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

std::uint16_t own_port(Url::Scheme scheme) {
  return scheme == Url::Scheme::Http ? kHttpPort : kHttpsPort;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool is_host_character(char c) {
  return is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_';
}

bool is_path_character(char c) {
  return is_host_character(c) || c == '/' || c == '~' || c == '%';
}

// Takes the host off the front of "host:port/path". Empty: there is none.
std::string take_host(std::string_view& rest) {
  if (starts_with(rest, "[")) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return {};
    const std::string host(rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
    const bool is_address = std::all_of(host.begin(), host.end(), [](char c) {
      return is_ascii_alphanumeric(c) || c == ':' || c == '.';
    });
    return is_address && host.find(':') != std::string::npos ? host : std::string();
  }
  const auto* const end = std::find_if_not(rest.begin(), rest.end(), is_host_character);
  const std::string host(rest.begin(), end);
  rest.remove_prefix(host.size());
  return host;
}

// Takes ":port" off the front, if it is there. Nullopt: it is no port.
std::optional<std::uint16_t> take_port(std::string_view& rest, Url::Scheme scheme) {
  if (!starts_with(rest, ":")) return own_port(scheme);
  const auto digits = rest.substr(1, rest.find('/') - 1);
  const auto port = parse_integer(digits);
  if (!port || *port < 1 || *port > 65'535) return std::nullopt;
  rest.remove_prefix(digits.size() + 1);
  return static_cast<std::uint16_t>(*port);
}

}  // namespace

std::string Url::host_header() const {
  const auto name = bracketed(host);
  return port == own_port(scheme) ? name : name + ":" + std::to_string(port);
}

std::string Url::text() const {
  return (scheme == Scheme::Http ? "http://" : "https://") + host_header() + base_path;
}

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (starts_with(text, "https://"))
    url.scheme = Url::Scheme::Https;
  else if (!starts_with(text, "http://"))
    return std::nullopt;
  std::string_view rest = text.substr(text.find("//") + 2);
  url.host = take_host(rest);
  const auto port = take_port(rest, url.scheme);
  if (url.host.empty() || !port) return std::nullopt;
  url.port = *port;
  if (!rest.empty() && rest.front() != '/') return std::nullopt;
  if (!std::all_of(rest.begin(), rest.end(), is_path_character)) return std::nullopt;
  while (ends_with(rest, "/")) rest.remove_suffix(1);
  url.base_path = std::string(rest);
  return url;
}

std::string percent_encode(std::string_view text, Slashes slashes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_' ||
                            c == '~' || (c == '/' && slashes == Slashes::Keep);
    if (unreserved) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
  }
  return encoded;
}

}  // namespace emulator
