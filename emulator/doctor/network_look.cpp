#include "emulator/doctor/network_look.h"

#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace emulator {
namespace {

using Clock = std::chrono::steady_clock;

int remaining_ms(Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

std::string seconds_text(std::chrono::milliseconds limit) {
  const auto ms = limit.count();
  return ms % 1'000 == 0 ? std::to_string(ms / 1'000) + " s" : std::to_string(ms) + " ms";
}

Resolved look_up(const HostPort& place) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  Resolved resolved;
  const int error = ::getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &list);
  if (error != 0) {
    resolved.problem = error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error);
    return resolved;
  }
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    SocketAddress address;
    address.size = one->ai_addrlen;
    std::memcpy(&address.bytes, one->ai_addr, one->ai_addrlen);
    resolved.addresses.push_back(address);
  }
  ::freeaddrinfo(list);
  return resolved;
}

std::string reason(int error) {
  if (error == ECONNREFUSED) return "connection refused";
  return std::generic_category().message(error);
}

// A connection under way, or nothing and the reason in `problem`.
platform::Fd begin_to_connect(const SocketAddress& address, std::string& problem) {
  platform::Fd socket(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() == -1) {
    problem = reason(errno);
    return {};
  }
  platform::set_nonblocking(socket.get());
  const auto* place = reinterpret_cast<const sockaddr*>(&address.bytes);
  if (::connect(socket.get(), place, address.size) == 0 || errno == EINPROGRESS) return socket;
  problem = reason(errno);
  return {};
}

}  // namespace

std::string SocketAddress::text() const {
  std::array<char, NI_MAXHOST> host{};
  const auto* place = reinterpret_cast<const sockaddr*>(&bytes);
  if (::getnameinfo(place, size, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST) != 0)
    return "?";
  return host.data();
}

Resolved resolve(const HostPort& place, std::chrono::milliseconds limit) {
  struct Answer {
    std::mutex mutex;
    std::condition_variable arrived;
    std::optional<Resolved> resolved;
  };
  auto answer = std::make_shared<Answer>();
  std::thread([answer, place] {
    auto resolved = look_up(place);
    const std::lock_guard lock(answer->mutex);
    answer->resolved = std::move(resolved);
    answer->arrived.notify_one();
  }).detach();
  std::unique_lock lock(answer->mutex);
  if (answer->arrived.wait_for(lock, limit, [&] { return answer->resolved.has_value(); }))
    return *std::move(answer->resolved);
  return {{}, "no answer of the name service within " + seconds_text(limit)};
}

bool wait_for(int socket, short events, Clock::time_point until) {
  pollfd one{socket, events, 0};
  for (;;) {
    const int ready = ::poll(&one, 1, remaining_ms(until));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Connected connect_to(const std::vector<SocketAddress>& addresses, std::chrono::milliseconds limit) {
  const auto until = Clock::now() + limit;
  Connected result;
  std::vector<platform::Fd> sockets;
  for (const auto& address : addresses) {
    if (auto socket = begin_to_connect(address, result.problem); socket.get() != -1)
      sockets.push_back(std::move(socket));
  }
  while (!sockets.empty()) {
    std::vector<pollfd> waiting;
    for (const auto& socket : sockets) waiting.push_back({socket.get(), POLLOUT, 0});
    const int ready = ::poll(waiting.data(), waiting.size(), remaining_ms(until));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      result.problem = "no answer within " + seconds_text(limit);
      return result;
    }
    for (std::size_t i = waiting.size(); i-- > 0;) {
      if (waiting[i].revents == 0) continue;
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(waiting[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) {
        result.socket = std::move(sockets[i]);
        result.problem.clear();
        return result;
      }
      result.problem = reason(error);
      sockets.erase(sockets.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return result;
}

std::optional<std::string> why_not_reachable(const HostPort& place,
                                             std::chrono::milliseconds limit) {
  const auto until = Clock::now() + limit;
  const auto resolved = resolve(place, limit);
  if (resolved.addresses.empty()) return "the name does not resolve: " + resolved.problem;
  auto connected =
      connect_to(resolved.addresses, std::chrono::milliseconds(std::max(remaining_ms(until), 1)));
  if (connected.socket.get() == -1) return connected.problem;
  return std::nullopt;
}

}  // namespace emulator
