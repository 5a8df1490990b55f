#include "emulator/config/brokers.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "emulator/config/host_name.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

// docs.aws.amazon.com/lambda/latest/api/API_SelfManagedEventSource.html
constexpr std::size_t kBrokersMax = 10;
constexpr std::size_t kBrokerCharactersMax = 300;

bool is_host_name(std::string_view host) {
  return !host.empty() && consists_of(host, ".-_");
}

void check_broker(std::string_view broker) {
  const std::string shown(broker.substr(0, kBrokerCharactersMax));
  if (broker.find("://") != std::string_view::npos) {
    throw ConfigError(shown + ": a broker is written HOST:PORT, without a protocol");
  }
  const auto parts = split_host_port(broker);
  if (broker.find(':') == std::string_view::npos || broker.back() == ']')
    throw ConfigError(shown +
                      ": the port is missing: write HOST:PORT, for instance localhost:9092");
  std::array<std::uint8_t, 16> v6{};
  const bool in_brackets = broker.front() == '[';
  const bool valid_host = in_brackets ? ::inet_pton(AF_INET6, parts.host.c_str(), v6.data()) == 1
                                      : is_host_name(parts.host);
  if (!valid_host)
    throw ConfigError(shown +
                      ": this is no host name: write HOST:PORT, for instance localhost:9092");
  const auto port = parse_integer(parts.port);
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
  const auto [host, port] = split_host_port(host_port);
  return !port.empty() && (is_loopback_address(host) || is_private_name(host));
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
