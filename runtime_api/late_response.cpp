#include "runtime_api/late_response.h"

#include <string>
#include <thread>
#include <utility>

namespace runtime_api {
namespace {

// A longer one wakes the connection's thread, which may wait until the client has taken it.
constexpr std::size_t kDirectBytesMax = 64 * 1024;
constexpr int kLockTries = 100;

// The client's next request may be here before respond() has returned from sending: it is about to,
// and falling asleep for so little, and being woken, is what costs most in a warm invocation.
std::unique_lock<std::mutex> lock_soon(std::mutex& mutex) {
  std::unique_lock lock(mutex, std::defer_lock);
  for (int i = 0; i < kLockTries; ++i) {
    if (lock.try_lock()) return lock;
    std::this_thread::yield();
  }
  lock.lock();
  return lock;
}

}  // namespace

void LateResponse::reset() {
  const std::lock_guard lock(mutex_);
  watch_ = Watch::Input;
  answered_ = false;
  unsent_.reset();
  rest_.reset();
  stream_.reset();
}

WaitResult LateResponse::wait(const Request& request, Peer peer, const Deadline& until) {
  if (!wakeup_) wakeup_.emplace();
  if (request.next_is_here && watch_ == Watch::Input) watch_ = Watch::Hangup;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      peer_ = peer;
      if (answered_) return WaitResult::Answered;
      sleep_ = watch_ == Watch::Input ? Sleep::UntilRequest : Sleep::UntilSignal;
      form_ = request.form;
    }
    const Readiness ready = wait_for_event(socket_, watch_, wakeup_->fd(), until);
    {
      const auto lock = lock_soon(mutex_);
      sleep_ = Sleep::Awake;
      if (std::exchange(signalled_, false)) wakeup_->clear();
      if (answered_) return WaitResult::Answered;
    }
    if (ready == Readiness::TimedOut) return WaitResult::TimedOut;
    if (ready == Readiness::Input) watch_ = Watch::Hangup;
    if (ready != Readiness::PeerGone) continue;
    watch_ = Watch::Nothing;
    if (peer == Peer::Watched) return WaitResult::PeerGone;
  }
}

// All under the lock: as soon as it is free, the connection may be gone.
void LateResponse::respond(HttpResponse response) {
  const std::lock_guard lock(mutex_);
  answered_ = true;
  const std::size_t body_bytes = body_of(response).size();
  std::size_t sent = 0;
  if (sleep_ == Sleep::UntilRequest && body_bytes <= kDirectBytesMax &&
      (peer_ == Peer::Ignored || peer_is_there(socket_))) {
    std::string head;
    ResponseParts parts(response, form_, head);
    sent = send_now(socket_, parts.begin(), parts.count());
    if (sent == parts.bytes()) return;
  }
  unsent_ = Unsent{std::move(response), Peer::Watched, sent};
  wake();
}

// As respond().
void LateResponse::end_stream(std::string_view more, StreamEnd end) {
  const std::lock_guard lock(mutex_);
  answered_ = true;
  auto rest = stream_.end(more, end);
  if (!rest.bytes.empty()) {
    iovec part{rest.bytes.data(), rest.bytes.size()};
    rest.bytes.erase(0, send_now(socket_, &part, 1));
  }
  if (rest.bytes.empty() && !rest.closes && sleep_ == Sleep::UntilRequest) return;
  rest_ = std::move(rest);
  wake();
}

void LateResponse::wake() {
  if (sleep_ == Sleep::Awake) return;
  signalled_ = true;
  wakeup_->signal();
}

std::optional<LateResponse::Unsent> LateResponse::take_unsent() {
  const std::lock_guard lock(mutex_);
  if (unsent_) unsent_->peer = peer_;
  return std::exchange(unsent_, std::nullopt);
}

std::optional<ResponseStream::Rest> LateResponse::take_rest() {
  const std::lock_guard lock(mutex_);
  return std::exchange(rest_, std::nullopt);
}

}  // namespace runtime_api
