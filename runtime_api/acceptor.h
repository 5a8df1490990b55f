// Accepts TCP connections and gives each a thread; knows nothing of HTTP.
//
// Threads: one that accepts, one for each open connection. A thread that ends is joined by the next
// that ends (or by stop()), so nothing piles up over thousands of short connections. Lifetime:
// listens from construction to stop(), which is idempotent and may be called from several threads,
// but not from a connection's own.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "runtime_api/socket.h"
#include "runtime_api/wakeup.h"

namespace runtime_api {

class Acceptor {
 public:
  struct Options {
    std::string address;
    std::uint16_t port = 0;
    std::size_t max_connections = 0;  // above it a client gets `full_answer` and is closed
    std::string full_answer;
    std::chrono::milliseconds send_timeout{};
  };
  // Runs on the connection's thread until it has no more to do; once `stopping` is true every
  // blocked call on the socket returns.
  using Serve = std::function<void(int fd, const std::atomic<bool>& stopping)>;

  Acceptor(Options options, Serve serve);  // throws std::system_error when it cannot listen
  ~Acceptor() { stop(); }
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  std::uint16_t port() const { return port_; }
  void stop();

 private:
  struct Connection {
    Socket socket;
    std::thread thread;
  };
  using Connections = std::list<Connection>;

  void accept_all();
  void start(Socket socket);
  void run(Connections::iterator connection);

  // Constant after construction; the listener is closed by stop().
  const Options options_;
  const Serve serve_;
  Socket listener_;
  const std::uint16_t port_;
  const Wakeup wake_;

  std::atomic<bool> stopping_{false};
  std::mutex stop_mutex_;  // one stop() at a time; the others wait until it is done

  std::mutex mutex_;
  std::condition_variable connection_left_;
  Connections connections_;  // guarded by mutex_
  std::thread finished_;     // guarded by mutex_: the connection's thread that ended last

  std::thread accepting_;  // last: it uses all of the above
};

}  // namespace runtime_api
