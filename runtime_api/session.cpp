#include "runtime_api/session.h"

#include <cassert>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

#include "runtime_api/hand_over.h"

namespace runtime_api {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

SessionState target_of(AnswerHead::Route route) {
  return route == AnswerHead::Route::Error ? SessionState::InvocationErrorResponse
                                           : SessionState::InvocationResponse;
}

}  // namespace

class Session::Impl {
 public:
  explicit Impl(SessionEvents events) : events_(std::move(events)) {}

  void offer(Invocation invocation);
  std::optional<Invocation> withdraw(std::string_view request_id);
  void close();
  std::variant<NextTicket, Refusal> begin_next();
  void hand_over();
  void wait(Waiter& waiter);
  bool leave(Waiter& waiter);
  void take_again(Waiter& waiter, NextTicket ticket);
  void not_delivered(std::string_view invocation_id);
  void begin_answer(const AnswerHead& head);
  std::shared_ptr<ResponseSink> begin_stream(const AnswerHead& head);
  std::optional<Refusal> post_answer(const AnswerHead& head, Answer answer);
  std::optional<Refusal> post_init_error(InitError error);

  struct Running {
    Taken taken;
    std::uint64_t attempt;
    steady_clock::time_point deadline;
    bool streamed = false;  // an answer goes to the sink
    steady_clock::time_point answer_began{};
  };

  struct Handover {
    Waiter* waiter;
    std::variant<Taken, Refusal> what;
    bool first = false;  // the invocation has just begun
  };
  // With mutex_ held.
  std::optional<Handover> find_handover();
  Taken begin_running();
  bool remove(const Waiter& waiter);

  bool answerable() const {
    return state_ == SessionState::Running || state_ == SessionState::InvocationResponse ||
           state_ == SessionState::InvocationErrorResponse;
  }
  // Why an answer is not taken; the checks come before any change.
  std::optional<Refusal> check_answer(const AnswerHead& head) const;

  // Constant after construction.
  const SessionEvents events_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  SessionState state_ = SessionState::Started;
  bool closed_ = false;
  std::deque<Waiter*> waiters_;  // who came first is first
  std::optional<Invocation> offered_;
  std::optional<Running> running_;
  std::uint64_t attempts_ = 0;
  bool undelivered_ = false;  // running_ reached nobody yet
  std::string
      too_large_id_;  // answered with ResponseTooLarge; Java posts an /error for it afterwards
};

void Session::Impl::offer(Invocation invocation) {
  const std::lock_guard lock(mutex_);
  assert(!offered_ && !(running_ && !closed_));
  offered_ = std::move(invocation);
}

std::optional<Invocation> Session::Impl::withdraw(std::string_view request_id) {
  const std::lock_guard lock(mutex_);
  if (!offered_ || offered_->request_id != request_id) return std::nullopt;
  return std::exchange(offered_, std::nullopt);
}

void Session::Impl::close() {
  std::shared_ptr<ResponseSink> sink;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    if (running_) sink = running_->taken.invocation.sink;
  }
  if (sink) sink->abandon();
  hand_over();
}

std::variant<RuntimeSession::NextTicket, Refusal> Session::Impl::begin_next() {
  bool first = false;
  bool again = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return forbidden_transition(state_, SessionState::Ready);
    switch (state_) {
      case SessionState::InitError:
        return forbidden_transition(state_, SessionState::Ready);
      case SessionState::Running:
        return NextTicket{running_->attempt};
      case SessionState::InvocationResponse:
      case SessionState::InvocationErrorResponse:
        // The RIE refuses this; but a streaming runtime asks on another connection as soon as it
        // has written its end (seen with Node and Rust), and on AWS it gets the next event.
        return NextTicket{};
      case SessionState::Started:
        first = true;
        break;
      case SessionState::RuntimeResponseSent:
        again = true;
        break;
      case SessionState::Ready:
        break;
    }
    state_ = SessionState::Ready;
  }
  if (first && events_.runtime_ready) events_.runtime_ready();
  if (again && events_.asked_again) events_.asked_again();
  return NextTicket{};
}

void Session::Impl::hand_over() {
  hand_over_all(mutex_, events_, [this] { return find_handover(); });
}

std::optional<Session::Impl::Handover> Session::Impl::find_handover() {
  if (waiters_.empty()) return std::nullopt;
  Handover handover{waiters_.front(), {}};
  // RuntimeResponseSent: this /next began before the end of the last answer.
  const bool asked = state_ == SessionState::Ready || state_ == SessionState::RuntimeResponseSent;
  if (closed_) {
    handover.what = forbidden_transition(state_, SessionState::Ready);
  } else if (undelivered_ && state_ == SessionState::Running) {
    undelivered_ = false;
    handover.what = running_->taken;
  } else if (offered_ && asked) {
    handover.what = begin_running();
    handover.first = true;
  } else {
    return std::nullopt;
  }
  waiters_.pop_front();
  return handover;
}

Session::Taken Session::Impl::begin_running() {
  const milliseconds timeout = offered_->timeout;
  Taken taken = Taken::now(*std::exchange(offered_, std::nullopt));
  running_ = Running{taken, ++attempts_, steady_clock::now() + timeout};
  state_ = SessionState::Running;
  too_large_id_.clear();
  return taken;
}

void Session::Impl::wait(Waiter& waiter) {
  {
    const std::lock_guard lock(mutex_);
    waiters_.push_back(&waiter);
  }
  hand_over();
}

bool Session::Impl::leave(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  return remove(waiter);
}

bool Session::Impl::remove(const Waiter& waiter) {
  return std::erase(waiters_, &waiter) != 0;
}

void Session::Impl::take_again(Waiter& waiter, NextTicket ticket) {
  std::optional<Taken> taken;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || state_ != SessionState::Running || running_->attempt != ticket.running_attempt)
      return;
    if (!remove(waiter)) return;
    undelivered_ = false;
    taken = running_->taken;
  }
  waiter.take(*std::move(taken));
}

void Session::Impl::not_delivered(std::string_view invocation_id) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || state_ != SessionState::Running) return;
    if (running_->taken.invocation_id != invocation_id) return;
    undelivered_ = true;
  }
  hand_over();
}

std::optional<Refusal> Session::Impl::check_answer(const AnswerHead& head) const {
  const SessionState target = target_of(head.route);
  // An upload may go on to its own end, nothing else.
  if (closed_ || !answerable() || (state_ != SessionState::Running && state_ != target) ||
      running_->streamed != head.streamed) {
    return forbidden_transition(state_, target);
  }
  if (head.request_id != running_->taken.invocation.request_id) {
    return Refusal{400, "Invalid request ID", "InvalidRequestID"};
  }
  if (!head.invocation_id.empty() && head.invocation_id != running_->taken.invocation_id) {
    // docs runtimes-api.html names the type; the message is an inference.
    return Refusal{400, "Invalid invocation ID", "InvalidInvocationId"};
  }
  return std::nullopt;
}

void Session::Impl::begin_answer(const AnswerHead& head) {
  const std::lock_guard lock(mutex_);
  if (check_answer(head)) return;
  state_ = target_of(head.route);
  running_->answer_began = steady_clock::now();
}

std::shared_ptr<ResponseSink> Session::Impl::begin_stream(const AnswerHead& head) {
  const std::lock_guard lock(mutex_);
  if (state_ != SessionState::Running || !running_->taken.invocation.sink || check_answer(head))
    return nullptr;
  state_ = target_of(head.route);
  running_->streamed = true;
  running_->answer_began = steady_clock::now();
  return running_->taken.invocation.sink;
}

std::optional<Refusal> Session::Impl::post_answer(const AnswerHead& head, Answer answer) {
  std::string id;
  bool asked = false;
  {
    const std::lock_guard lock(mutex_);
    // Java reports an error for the response that was refused with 413; the caller has had its
    // answer.
    if (head.route == AnswerHead::Route::Error && !closed_ && !too_large_id_.empty() &&
        head.request_id == too_large_id_) {
      return std::nullopt;
    }
    if (auto refusal = check_answer(head)) return refusal;
    id = std::move(running_->taken.invocation.request_id);
    answer.began = running_->answer_began;
    if (answer.began == steady_clock::time_point{}) answer.began = steady_clock::now();
    // A streaming runtime may have asked before the end of its answer.
    asked = !waiters_.empty();
    running_.reset();
    undelivered_ = false;
    state_ = SessionState::RuntimeResponseSent;
    if (answer.kind == Answer::Kind::ResponseTooLarge) too_large_id_ = id;
  }
  if (events_.answered) events_.answered(id, std::move(answer));
  if (asked && events_.asked_again) events_.asked_again();
  return std::nullopt;
}

std::optional<Refusal> Session::Impl::post_init_error(InitError error) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || state_ != SessionState::Started) {
      return forbidden_transition(state_, SessionState::InitError);
    }
    state_ = SessionState::InitError;
  }
  if (events_.init_failed) events_.init_failed(std::move(error));
  return std::nullopt;
}

Session::Session(SessionEvents events) : impl_(std::make_unique<Impl>(std::move(events))) {}
Session::~Session() = default;

void Session::offer(Invocation invocation) {
  impl_->offer(std::move(invocation));
}
std::optional<Invocation> Session::withdraw(std::string_view request_id) {
  return impl_->withdraw(request_id);
}
void Session::hand_over() {
  impl_->hand_over();
}
void Session::close() {
  impl_->close();
}

std::optional<steady_clock::time_point> Session::deadline() const {
  const std::lock_guard lock(impl_->mutex_);
  if (!impl_->running_) return std::nullopt;
  return impl_->running_->deadline;
}

bool Session::is_running(std::string_view request_id) const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->running_ && impl_->running_->taken.invocation.request_id == request_id;
}

SessionState Session::state() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->state_;
}

std::variant<RuntimeSession::NextTicket, Refusal> Session::begin_next() {
  return impl_->begin_next();
}
void Session::wait(Waiter& waiter) {
  impl_->wait(waiter);
}
bool Session::leave(Waiter& waiter) {
  return impl_->leave(waiter);
}
void Session::take_again(Waiter& waiter, NextTicket ticket) {
  impl_->take_again(waiter, ticket);
}
void Session::not_delivered(std::string_view invocation_id) {
  impl_->not_delivered(invocation_id);
}

void Session::begin_answer(const AnswerHead& head) {
  impl_->begin_answer(head);
}

std::shared_ptr<ResponseSink> Session::begin_stream(const AnswerHead& head) {
  return impl_->begin_stream(head);
}

std::optional<Refusal> Session::post_answer(const AnswerHead& head, Answer answer) {
  return impl_->post_answer(head, std::move(answer));
}

std::optional<Refusal> Session::post_init_error(InitError error) {
  return impl_->post_init_error(std::move(error));
}

}  // namespace runtime_api
