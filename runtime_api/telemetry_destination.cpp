#include "runtime_api/telemetry_destination.h"

#include <httplib.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>

#include "runtime_api/socket.h"

namespace runtime_api {
namespace {

using std::chrono::milliseconds;

// An extension may subscribe a moment before it listens.
constexpr milliseconds kConnectPause{50};
constexpr int kConnectAttempts = 20;
constexpr milliseconds kConnectTimeout{1'000};
// An extension that takes longer for a batch is taken for stuck.
constexpr milliseconds kSendTimeout{10'000};

constexpr const char* kCancelled = "the environment ends";

// What both have: a pause that a cancel() ends.
class Cancellable : public TelemetryDestination {
 protected:
  // False: it is cancelled.
  bool pause() {
    std::unique_lock lock(mutex_);
    return !cancelled_changed_.wait_for(lock, kConnectPause, [this] { return cancelled_; });
  }
  bool cancelled() {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }
  void set_cancelled() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    cancelled_changed_.notify_all();
  }

  std::mutex mutex_;

 private:
  std::condition_variable cancelled_changed_;
  bool cancelled_ = false;  // guarded by mutex_
};

class HttpDestination final : public Cancellable {
 public:
  explicit HttpDestination(const TelemetrySubscription& subscription)
      : path_(subscription.path), client_("127.0.0.1", subscription.port) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
    client_.set_follow_location(false);
    client_.set_connection_timeout(kConnectTimeout);
    client_.set_read_timeout(kSendTimeout);
    client_.set_write_timeout(kSendTimeout);
    host_ = "sandbox.localdomain:" + std::to_string(subscription.port);
  }

  std::optional<std::string> send(const std::string& batch) override {
    for (int attempt = 1;; ++attempt) {
      if (cancelled()) return kCancelled;
      const auto result = client_.Post(path_, {{"Host", host_}}, batch, "application/json");
      if (result) {
        if (result->status < 400) return std::nullopt;
        return "HTTP status " + std::to_string(result->status);
      }
      if (cancelled()) return kCancelled;
      if (result.error() != httplib::Error::Connection || attempt == kConnectAttempts)
        return httplib::to_string(result.error());
      if (!pause()) return kCancelled;
    }
  }

  void cancel() override {
    set_cancelled();
    client_.stop();
  }

 private:
  const std::string path_;
  std::string host_;
  httplib::ClientImpl client_;
};

class TcpDestination final : public Cancellable {
 public:
  explicit TcpDestination(const TelemetrySubscription& subscription) : port_(subscription.port) {}

  std::optional<std::string> send(const std::string& batch) override {
    if (auto problem = connect()) return problem;
    if (send_all(socket_.fd(), batch)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    socket_ = Socket();  // the next batch finds out whether there is somebody else
    return "the connection is closed, or nobody reads it";
  }

  void cancel() override {
    set_cancelled();
    const std::lock_guard lock(mutex_);
    if (socket_.fd() >= 0) ::shutdown(socket_.fd(), SHUT_RDWR);
  }

 private:
  std::optional<std::string> connect() {
    for (int attempt = 1;; ++attempt) {
      if (cancelled()) return kCancelled;
      if (socket_.fd() >= 0) return std::nullopt;
      Socket socket = connect_to_this_machine(port_, kSendTimeout);
      if (socket.fd() >= 0) {
        const std::lock_guard lock(mutex_);
        socket_ = std::move(socket);
        continue;
      }
      if (attempt == kConnectAttempts) return "nobody listens";
      if (!pause()) return kCancelled;
    }
  }

  const std::uint16_t port_;
  Socket socket_;  // assigned by the sender's thread, under mutex_
};

}  // namespace

std::unique_ptr<TelemetryDestination> make_destination(const TelemetrySubscription& subscription) {
  if (subscription.protocol == TelemetrySubscription::Protocol::Tcp)
    return std::make_unique<TcpDestination>(subscription);
  return std::make_unique<HttpDestination>(subscription);
}

}  // namespace runtime_api
