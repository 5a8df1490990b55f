#include "emulator/config/brokers.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "emulator/config/text.h"

namespace emulator {
namespace {

// docs.aws.amazon.com/lambda/latest/api/API_SelfManagedEventSource.html
constexpr std::size_t kBrokersMax = 10;
constexpr std::size_t kBrokerCharactersMax = 300;

struct HostPort {
  std::string host;  // lower case, without brackets or a closing dot
  std::string port;
};

// "[::1]:9092" and "host:9092" apart; nullopt without a port.
std::optional<HostPort> split_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find(']', colon) != std::string_view::npos)
    return std::nullopt;
  std::string host = lower_case(text.substr(0, colon));
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (!host.empty() && host.back() == '.') host.pop_back();
  return HostPort{host, std::string(text.substr(colon + 1))};
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

bool is_host_name(std::string_view host) {
  return !host.empty() && consists_of(host, ".-_");
}

void check_broker(std::string_view broker) {
  const std::string shown(broker.substr(0, kBrokerCharactersMax));
  if (broker.find("://") != std::string_view::npos) {
    throw ConfigError(shown + ": a broker is written HOST:PORT, without a protocol");
  }
  const auto parts = split_host_port(broker);
  if (!parts)
    throw ConfigError(shown +
                      ": the port is missing: write HOST:PORT, for instance localhost:9092");
  std::array<std::uint8_t, 16> v6{};
  const bool in_brackets = broker.front() == '[';
  const bool valid_host = in_brackets ? ::inet_pton(AF_INET6, parts->host.c_str(), v6.data()) == 1
                                      : is_host_name(parts->host);
  if (!valid_host)
    throw ConfigError(shown +
                      ": this is no host name: write HOST:PORT, for instance localhost:9092");
  const auto port = parse_integer(parts->port);
  if (!port || *port < 1 || *port > 65'535)
    throw ConfigError(shown + ": the port must be between 1 and 65535");
  if (broker.size() > kBrokerCharactersMax)
    throw ConfigError(shown + "…: a broker's address has at most 300 characters");
}

std::string first_remote(const std::vector<std::string>& brokers) {
  const auto remote = std::find_if_not(brokers.begin(), brokers.end(), is_local_broker);
  return remote == brokers.end() ? std::string() : *remote;
}

}  // namespace

std::vector<std::string> parse_brokers(std::string_view list) {
  std::vector<std::string> brokers;
  for (const auto& part : split(list, ',')) {
    const auto broker = trim(part);
    if (broker.empty())
      throw ConfigError("\"" + std::string(list) + "\": write HOST:PORT[,HOST:PORT…]");
    check_broker(broker);
    brokers.emplace_back(broker);
  }
  if (brokers.size() > kBrokersMax)
    throw ConfigError("at most 10 brokers can be named: give two or three of them");
  return brokers;
}

bool is_local_broker(std::string_view host_port) {
  const auto parts = split_host_port(host_port);
  if (!parts || parts->host.empty()) return false;
  const auto& host = parts->host;
  if (is_loopback_address(host)) return true;
  if (host.find(':') != std::string::npos) return false;  // another IPv6 address
  // getaddrinfo takes "134744072" and "0x8080808" for the address 8.8.8.8, so a name must not begin
  // with a digit.
  if (host.find('.') == std::string::npos) return host.front() < '0' || host.front() > '9';
  return ends_with(host, ".local") || ends_with(host, ".internal");
}

std::string chosen_by_flag(const std::string& flag, std::string_view value, RemoteBrokers remote) {
  if (trim(value) == kEmbeddedBrokers) return std::string(kEmbeddedBrokers);
  std::vector<std::string> brokers;
  try {
    brokers = parse_brokers(value);
  } catch (const ConfigError& error) {
    throw ConfigError(flag + ": " + error.what());
  }
  const auto far = first_remote(brokers);
  if (!far.empty() && remote == RemoteBrokers::Refused) {
    throw ConfigError(flag + ": broker " + far +
                      " is not on this machine: add --allow-remote-brokers if that is meant, or "
                      "use --kafka embedded or "
                      "a local --kafka HOST:PORT");
  }
  return join(brokers, ",");
}

std::string choose_brokers(std::string_view kafka_flag, RemoteBrokers remote,
                           const MappingConfig& mapping) {
  if (!kafka_flag.empty()) return chosen_by_flag("--kafka", kafka_flag, remote);
  if (mapping.bootstrap_servers.empty()) return std::string(kEmbeddedBrokers);
  const auto far = first_remote(mapping.bootstrap_servers);
  if (!far.empty() && remote == RemoteBrokers::Refused) {
    throw ConfigError(mapping.where + ": broker " + far + " of " + mapping.name +
                      " is not on this machine: use other brokers with --kafka embedded or --kafka "
                      "HOST:PORT, or add "
                      "--allow-remote-brokers if that is meant");
  }
  return join(mapping.bootstrap_servers, ",");
}

}  // namespace emulator
