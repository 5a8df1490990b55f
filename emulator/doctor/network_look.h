// Whether a host's name resolves and its port is open, each with a limit of time that the system's
// own calls do not have. Blocking; any thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "emulator/config/host_name.h"
#include "emulator/function/platform.h"

namespace emulator {

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  std::string text() const;  // "127.0.0.1", "::1"
};

struct Resolved {
  std::vector<SocketAddress> addresses;  // with the port; empty: there is a problem
  std::string problem;                   // "Name or service not known"
};
// A look-up that is not over in time goes on in a thread of its own, which touches nothing of ours.
Resolved resolve(const HostPort& place, std::chrono::milliseconds limit);

struct Connected {
  platform::Fd socket;  // non-blocking; empty: there is a problem
  std::string problem;  // "connection refused"
};
// The first of the addresses that answers; all are tried at once.
Connected connect_to(const std::vector<SocketAddress>& addresses, std::chrono::milliseconds limit);

// Both for a place: what is wrong, else nothing.
std::optional<std::string> why_not_reachable(const HostPort& place,
                                             std::chrono::milliseconds limit);

// Waits until the socket is readable or writable (POLLIN, POLLOUT); false: not in time.
bool wait_for(int socket, short events, std::chrono::steady_clock::time_point until);

}  // namespace emulator
