// Names and addresses of hosts, and which of them are on this machine or its private network. Pure;
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace emulator {

struct HostPort {
  std::string host;  // lower case, without brackets or a closing dot
  std::string port;  // as it is written; empty: there is none
};
// "[::1]:9092", "host:9092" and "host" apart.
HostPort split_host_port(std::string_view text);
// "http://HOST:PORT", by which this machine reaches who listens on that address; on 0.0.0.0 or ::
// the loopback address does. Empty for port 0, which is drawn when he begins to listen.
std::string local_url(const std::string& host, std::uint16_t port);

// Of what HostPort::host may be.
bool is_ip_address(const std::string& host);
bool is_loopback_address(const std::string& host);
// A name that no public DNS has: without a dot, as in a compose network, *.local or *.internal
// (host.docker.internal among them).
bool is_private_name(std::string_view host);

}  // namespace emulator
