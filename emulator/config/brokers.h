// Which Kafka a mapping uses: pure functions of the flag, the mapping and what the user allowed.
// Called at start, before anything has joined a consumer group.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/model.h"

namespace emulator {

enum class RemoteBrokers { Refused, Allowed };

// Stands for the brokers inside this process, as value of --kafka and as result of the functions
// below.
inline constexpr std::string_view kEmbeddedBrokers = "embedded";

// "host:port[,...]" → its parts, trimmed. Throws ConfigError with the reason alone ("localhost: the
// port is missing …"), to which the caller puts the flag or the line in front.
std::vector<std::string> parse_brokers(std::string_view list);

// Whether a "host:port" is on this machine or its private compose network: loopback, a host name
// without a dot, *.local, *.internal (host.docker.internal among them).
bool is_local_broker(std::string_view host_port);

// The value of a flag: kEmbeddedBrokers or a normalised "host:port[,...]". Throws ConfigError for
// anything else and for remote brokers that were not allowed.
std::string chosen_by_flag(const std::string& flag, std::string_view value, RemoteBrokers remote);

// The flag where it is given; else the mapping's own servers, which must be local or allowed; else
// the embedded brokers.
std::string choose_brokers(std::string_view kafka_flag, RemoteBrokers remote,
                           const MappingConfig& mapping);

}  // namespace emulator
