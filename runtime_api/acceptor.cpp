#include "runtime_api/acceptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <exception>
#include <optional>
#include <system_error>
#include <utility>

namespace runtime_api {
namespace {

constexpr std::chrono::milliseconds kOutOfFilesPause{50};  // until accept(2) is tried again

}  // namespace

Acceptor::Acceptor(Options options, Serve serve)
    : options_(std::move(options)),
      serve_(std::move(serve)),
      listener_(listen_on(options_.address, options_.port)),
      port_(local_port(listener_)),
      accepting_([this] { accept_all(); }) {}

void Acceptor::accept_all() {
  for (;;) {
    wait_readable(listener_.fd(), wake_.fd(), std::nullopt);
    if (stopping_) return;
    Socket socket = accept_connection(listener_, options_.send_timeout);
    if (socket.fd() >= 0) {
      start(std::move(socket));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The client waits in the backlog until descriptors are free again; without a pause this
      // would turn in circles.
      wait_readable(wake_.fd(), wake_.fd(), std::chrono::steady_clock::now() + kOutOfFilesPause);
    }
  }
}

void Acceptor::start(Socket socket) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  if (connections_.size() >= options_.max_connections) {
    // A fresh socket's buffer takes this without blocking.
    std::string text = options_.full_answer;
    iovec part{text.data(), text.size()};
    send_all(socket.fd(), &part, 1);
    return;
  }
  connections_.push_front(Connection{std::move(socket), {}});
  try {
    connections_.front().thread = std::thread([this, at = connections_.begin()] { run(at); });
  } catch (const std::system_error&) {
    connections_.pop_front();  // no thread to be had: the client sees a closed connection
  }
}

void Acceptor::run(Connections::iterator connection) {
  try {
    serve_(connection->socket.fd(), stopping_);
  } catch (const std::exception&) {
    // Out of memory at most: this connection closes, the others go on.
  }
  std::thread previous;
  Socket closing;  // closed after it has left the list, so that stop() never shuts down another's
                   // descriptor
  {
    const std::lock_guard lock(mutex_);
    closing = std::move(connection->socket);
    previous = std::exchange(finished_, std::move(connection->thread));
    connections_.erase(connection);
    connection_left_.notify_all();
  }
  if (previous.joinable()) previous.join();
}

void Acceptor::stop() {
  const std::lock_guard one_at_a_time(stop_mutex_);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Connection& connection : connections_) {
      ::shutdown(connection.socket.fd(), SHUT_RDWR);
    }
  }
  wake_.signal();
  if (accepting_.joinable()) accepting_.join();
  listener_ = Socket();  // from here on a connection attempt is refused
  std::thread last;
  {
    std::unique_lock lock(mutex_);
    connection_left_.wait(lock, [this] { return connections_.empty(); });
    last = std::move(finished_);
  }
  if (last.joinable()) last.join();
}

}  // namespace runtime_api
