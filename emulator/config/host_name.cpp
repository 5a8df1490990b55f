#include "emulator/config/host_name.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "emulator/config/text.h"

namespace emulator {

HostPort split_host_port(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find(']', colon) != std::string_view::npos)
    colon = std::string_view::npos;
  std::string host = lower_case(text.substr(0, colon));
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (!host.empty() && host.back() == '.') host.pop_back();
  return {host, std::string(colon == std::string_view::npos ? "" : text.substr(colon + 1))};
}

std::string local_url(const std::string& host, std::uint16_t port) {
  if (port == 0) return {};
  std::string reached = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host;
  if (reached.find(':') != std::string::npos) reached = "[" + reached + "]";
  return "http://" + reached + ":" + std::to_string(port);
}

bool is_ip_address(const std::string& host) {
  std::array<std::uint8_t, 16> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

bool is_loopback_address(const std::string& host) {
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, host.c_str(), v4.data()) == 1) return v4[0] == 127;
  std::array<std::uint8_t, 16> v6{};
  if (::inet_pton(AF_INET6, host.c_str(), v6.data()) != 1) return false;
  std::array<std::uint8_t, 16> loopback{};
  loopback[15] = 1;
  if (v6 == loopback) return true;
  // ::ffff:127.0.0.1, an IPv4 address in IPv6 clothes
  const auto mapped =
      std::all_of(v6.begin(), v6.begin() + 10, [](std::uint8_t byte) { return byte == 0; });
  return mapped && v6[10] == 0xff && v6[11] == 0xff && v6[12] == 127;
}

bool is_private_name(std::string_view host) {
  if (host.empty() || host.find(':') != std::string_view::npos) return false;
  // getaddrinfo takes "134744072" and "0x8080808" for the address 8.8.8.8, so a name must not begin
  // with a digit.
  if (host.find('.') == std::string_view::npos) return host.front() < '0' || host.front() > '9';
  return ends_with(host, ".local") || ends_with(host, ".internal");
}

}  // namespace emulator
