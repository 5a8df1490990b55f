#include "emulator/function/peer_process.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

#include "runtime_api/socket.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
}

// "0100007F:9C42"
std::optional<std::uint16_t> port_in(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == address.npos) return std::nullopt;
  std::uint16_t port = 0;
  const auto text = address.substr(colon + 1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port, 16);
  return error == std::errc() ? std::optional(port) : std::nullopt;
}

// The inode of the socket that has the peer's port as its own (man 5 proc, /proc/net/tcp).
std::optional<std::string> socket_inode(const PeerAddress& peer) {
  for (const auto* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
      words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
          timeout >> inode;
      if (port_in(local) == peer.port && port_in(remote) == peer.own_port && inode != "0")
        return inode;
    }
  }
  return std::nullopt;
}

bool has_socket(const fs::path& process, const std::string& link) {
  std::error_code error;
  for (fs::directory_iterator each(process / "fd", error), end; !error && each != end;
       each.increment(error)) {
    std::error_code unreadable;
    if (fs::read_symlink(each->path(), unreadable) == link) return true;
  }
  return false;
}

}  // namespace

std::optional<PeerAddress> peer_of(int socket) {
  sockaddr_storage remote{};
  sockaddr_storage local{};
  socklen_t remote_size = sizeof remote;
  socklen_t local_size = sizeof local;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&remote), &remote_size) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&local), &local_size) != 0)
    return std::nullopt;
  return PeerAddress{runtime_api::peer_address(socket), port_of(remote), port_of(local)};
}

std::optional<pid_t> process_of(const PeerAddress& peer) {
  const auto inode = socket_inode(peer);
  if (!inode) return std::nullopt;
  const std::string link = "socket:[" + *inode + "]";
  std::error_code error;
  for (fs::directory_iterator each("/proc", error), end; !error && each != end;
       each.increment(error)) {
    const std::string name = each->path().filename();
    pid_t pid = 0;
    const auto [rest, wrong] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (wrong != std::errc() || rest != name.data() + name.size()) continue;
    if (has_socket(each->path(), link)) return pid;
  }
  return std::nullopt;
}

}  // namespace emulator
