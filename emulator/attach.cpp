#include "emulator/attach.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/json.h"
#include "emulator/control/query.h"
#include "emulator/function/peer_process.h"
#include "runtime_api/http_response.h"
#include "runtime_api/socket.h"

namespace emulator {
namespace {

using runtime_api::closing_answer;
using runtime_api::connect_to_this_machine;
using runtime_api::HttpResponse;
using runtime_api::send_all;
using std::chrono::milliseconds;

constexpr std::size_t kHeadBytesMax = 8 * 1024;
constexpr std::size_t kRelayBytes = 64 * 1024;
// Between the first byte of a request and the end of its line.
constexpr milliseconds kLineMax{1'000};
constexpr milliseconds kLinePause{1};

bool wait_for(int socket, short what, int timeout_ms) {
  pollfd descriptor{socket, what, 0};
  int ready = 0;
  while ((ready = ::poll(&descriptor, 1, timeout_ms)) < 0 && errno == EINTR) {
  }
  return ready > 0;
}

// The beginning of the first request, which stays in the socket; with a whole line if it comes
// within its limit.
std::string peek_head(int socket, const std::atomic<bool>& stopping) {
  std::string head(kHeadBytesMax, '\0');
  const auto until = std::chrono::steady_clock::now() + kLineMax;
  if (!wait_for(socket, POLLIN, -1)) return {};
  for (;;) {
    const auto got = ::recv(socket, head.data(), head.size(), MSG_PEEK);
    if (got <= 0 || stopping) return {};
    const std::string_view present(head.data(), static_cast<std::size_t>(got));
    const bool is_line = present.find('\n') != present.npos;
    if (is_line || present.size() == head.size() || std::chrono::steady_clock::now() >= until)
      return std::string(present);
    std::this_thread::sleep_for(kLinePause);
  }
}

void refuse(int socket, unsigned status, const std::string& type, const std::string& message) {
  HttpResponse response;
  response.body = Json{{"errorMessage", message}, {"errorType", type}}.dump();
  send_all(socket, closing_answer(status, std::move(response)));
}

// What the process has sent since it last got anything: the request that waits for an answer.
class Pending {
 public:
  void sent(std::string_view bytes) {
    if (request_.size() + bytes.size() <= kHeadBytesMax) {
      request_.append(bytes);
    } else {
      too_long_ = true;
    }
  }
  void answered() {
    request_.clear();
    too_long_ = false;
  }
  // One that asks for the next event may be asked again elsewhere.
  std::optional<std::string> repeatable() const {
    if (too_long_ || !request_.starts_with("GET ") || !request_.ends_with("\r\n\r\n"))
      return std::nullopt;
    return request_;
  }

 private:
  std::string request_;
  bool too_long_ = false;
};

enum class RelayEnd { Process, Environment };

// What one side sends goes to the other, until one of them ends.
RelayEnd relay(int process, int environment, Pending& pending) {
  std::vector<char> buffer(kRelayBytes);
  std::array<pollfd, 2> ends{{{process, POLLIN, 0}, {environment, POLLIN, 0}}};
  constexpr std::array kEnds{RelayEnd::Process, RelayEnd::Environment};
  for (;;) {
    if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) return RelayEnd::Process;
    for (std::size_t from = 0; from < ends.size(); ++from) {
      if (ends[from].revents == 0) continue;
      const auto got = ::recv(ends[from].fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got <= 0) return kEnds[from];
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
      kEnds[from] == RelayEnd::Process ? pending.sent(bytes) : pending.answered();
      if (!send_all(ends[1 - from].fd, bytes)) return kEnds[1 - from];
    }
  }
}

// Takes an answer that nobody waits for, as if all were well: a client that is refused would end.
void accept_late(int socket) {
  HttpResponse response;
  response.body = "{\"status\":\"OK\"}\n";
  send_all(socket, closing_answer(202, std::move(response)));
  ::shutdown(socket, SHUT_WR);
  std::vector<char> ignored(kRelayBytes);
  while (wait_for(socket, POLLIN, static_cast<int>(kLineMax.count())) &&
         ::recv(socket, ignored.data(), ignored.size(), 0) > 0) {
  }
}

// A web page that its browser's user has open has no business here.
bool is_from_a_page(std::string_view head) {
  return head.find("\r\nOrigin:") != head.npos || head.find("\r\norigin:") != head.npos;
}

}  // namespace

std::optional<std::string> attached_function(std::string_view head) {
  const auto slash = head.find(' ');
  if (slash == head.npos || head.substr(slash + 1, 1) != "/") return std::nullopt;
  const auto path = head.substr(slash + 2, head.find_first_of(" ?\r\n", slash + 2) - slash - 2);
  const auto end = path.find('/');
  if (end == 0 || end == path.npos) return std::nullopt;
  for (const std::string_view api :
       {"/2018-06-01/runtime/", "/2018-06-01/ping", "/2020-01-01/extension/",
        "/2022-07-01/telemetry", "/2020-08-15/logs"}) {
    if (path.substr(end).starts_with(api)) return percent_decode(path.substr(0, end));
  }
  return std::nullopt;
}

bool AttachHub::serve(int socket, const std::atomic<bool>& stopping) {
  const auto head = peek_head(socket, stopping);
  const auto function = attached_function(head);
  if (!function) return false;
  if (is_from_a_page(head)) {
    refuse(socket, 403, "Forbidden", "klambda does not attach web pages");
    return true;
  }
  const auto peer = peer_of(socket);
  if (!peer) return true;
  const auto process = process_of(*peer);
  const Key key{*function,
                process ? "process " + std::to_string(*process) : "address " + peer->host};
  try {
    if (is_late_answer(key, head)) {
      accept_late(socket);
    } else {
      pass_on(key, process, socket, stopping);
    }
  } catch (const ApiError& error) {
    refuse(socket, error.status, error.type, error.what());
  }
  return true;
}

bool AttachHub::is_late_answer(const Key& key, std::string_view head) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(key);
  return entry != entries_.end() && entry->second.environment->has_ended() &&
         head.starts_with("POST ") && head.find("/runtime/invocation/") != head.npos;
}

// When the environment ends while the process asks for an event, because the function was changed
// or an invocation has timed out, the process goes on in another one.
void AttachHub::pass_on(const Key& key, std::optional<pid_t> process, int socket,
                        const std::atomic<bool>& stopping) {
  Pending pending;
  for (;;) {
    const auto environment = enter(key, process);
    auto end = RelayEnd::Process;
    const auto upstream = connect_to_this_machine(environment->port(), milliseconds{0});
    if (upstream.fd() != -1) {
      const auto again = pending.repeatable();
      if (!again || send_all(upstream.fd(), *again)) end = relay(socket, upstream.fd(), pending);
    }
    leave(key, environment, process);
    if (end == RelayEnd::Process || stopping || !pending.repeatable()) return;
  }
}

std::shared_ptr<AttachedEnvironment> AttachHub::enter(const Key& key,
                                                      std::optional<pid_t> process) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[key];
  if (entry.environment == nullptr || entry.environment->has_ended()) {
    entry = {};
    try {
      entry.environment = attach_(key.function, process);
    } catch (...) {
      entries_.erase(key);
      throw;
    }
  }
  ++entry.connections;
  return entry.environment;
}

// A process that is known detaches when it ends, whatever becomes of its connections; one that is
// not, with the last of them.
void AttachHub::leave(const Key& key, const std::shared_ptr<AttachedEnvironment>& environment,
                      std::optional<pid_t> process) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(key);
  if (entry == entries_.end() || entry->second.environment != environment) return;
  if (--entry->second.connections > 0) return;
  if (!process) environment->detach();
  // What a process that lives has yet to answer to an environment that has ended is taken as late.
  if (!process || ::kill(*process, 0) != 0) entries_.erase(entry);
}

}  // namespace emulator
