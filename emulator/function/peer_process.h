// Which process of this machine stands at the other end of a TCP connection: by /proc, so on Linux
// and for processes of the same user only. Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace emulator {

// Ports and address of a connection, as accept() gave it.
struct PeerAddress {
  std::string host;  // "127.0.0.1"
  std::uint16_t port = 0;
  std::uint16_t own_port = 0;
};
// Empty when `socket` is no TCP socket any more.
std::optional<PeerAddress> peer_of(int socket);

// nullopt: another machine, another user's process, or a system without /proc.
std::optional<pid_t> process_of(const PeerAddress& peer);

}  // namespace emulator
