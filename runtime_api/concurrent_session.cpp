#include "runtime_api/concurrent_session.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>
#include <vector>

#include "runtime_api/hand_over.h"

namespace runtime_api {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kIdsMax = 1'000;  // rie invoke/timeout: timeoutCacheSize

// rie rapi/rendering: RenderInternalServerError, RenderInvalidRequestID, RenderInvokeTimeout
Refusal internal_error() {
  return {500, "Internal Server Error", "InternalServerError"};
}
Refusal invalid_request_id() {
  return {400, "Invalid request ID", "InvalidRequestID"};
}
Refusal invoke_timeout() {
  return {410, "Invoke timeout", "InvokeTimeout"};
}

}  // namespace

void ConcurrentSession::Ids::add(std::string id) {
  if (ids_.size() == kIdsMax) ids_.pop_front();
  ids_.push_back(std::move(id));
}

bool ConcurrentSession::Ids::remove(std::string_view id) {
  const auto found = std::find(ids_.begin(), ids_.end(), id);
  if (found == ids_.end()) return false;
  ids_.erase(found);
  return true;
}

ConcurrentSession::ConcurrentSession(SessionEvents events, int max_concurrency)
    : events_(std::move(events)), max_concurrency_(static_cast<std::size_t>(max_concurrency)) {
  assert(max_concurrency >= 1);
}

// --- the owner's half ---

void ConcurrentSession::offer(Invocation invocation) {
  const std::lock_guard lock(mutex_);
  offered_.push_back(std::move(invocation));
}

void ConcurrentSession::hand_over() {
  hand_over_all(mutex_, events_, [this] { return find_handover(); });
}

std::optional<ConcurrentSession::Handover> ConcurrentSession::find_handover() {
  if (waiters_.empty()) return std::nullopt;
  Handover handover{waiters_.front(), {}};
  if (closed_) {
    handover.what = internal_error();
  } else if (auto again = next_undelivered()) {
    handover.what = *std::move(again);
  } else if (!offered_.empty()) {
    Taken taken = Taken::now(std::move(offered_.front()));
    offered_.pop_front();
    running_.insert_or_assign(taken.invocation.request_id, Running{taken});
    handover.what = std::move(taken);
    handover.first = true;
  } else {
    return std::nullopt;
  }
  waiters_.pop_front();
  return handover;
}

std::optional<RuntimeSession::Taken> ConcurrentSession::next_undelivered() {
  if (undelivered_.empty()) return std::nullopt;
  const auto running = running_.find(undelivered_.front());
  assert(running != running_.end());
  undelivered_.pop_front();
  return running->second.taken;
}

std::optional<Invocation> ConcurrentSession::withdraw(std::string_view request_id) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(offered_.begin(), offered_.end(), [&](const Invocation& each) {
    return each.request_id == request_id;
  });
  if (found == offered_.end()) return std::nullopt;
  auto invocation = std::move(*found);
  offered_.erase(found);
  return invocation;
}

void ConcurrentSession::close() {
  std::vector<std::shared_ptr<ResponseSink>> sinks;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [id, running] : running_) {
      if (const auto& sink = running.taken.invocation.sink) sinks.push_back(sink);
    }
  }
  for (const auto& sink : sinks) sink->abandon();
  hand_over();
}

bool ConcurrentSession::is_running(std::string_view request_id) const {
  const std::lock_guard lock(mutex_);
  return running_.count(std::string(request_id)) != 0;
}

bool ConcurrentSession::expire(std::string_view request_id) {
  std::shared_ptr<ResponseSink> sink;
  {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(std::string(request_id));
    if (found == running_.end()) return false;
    sink = found->second.taken.invocation.sink;
    end_upload(found->second);
    std::erase(undelivered_, request_id);
    running_.erase(found);
    expired_.add(std::string(request_id));
  }
  if (sink) sink->abandon();
  return true;
}

int ConcurrentSession::room() const {
  const std::lock_guard lock(mutex_);
  const auto workers = static_cast<std::ptrdiff_t>(waiters_.size() + coming_ + owed_);
  const auto free = std::min(
      workers - static_cast<std::ptrdiff_t>(undelivered_.size()),
      static_cast<std::ptrdiff_t>(max_concurrency_) - static_cast<std::ptrdiff_t>(running_.size()));
  const auto room = free - static_cast<std::ptrdiff_t>(offered_.size());
  return static_cast<int>(std::max<std::ptrdiff_t>(room, 0));
}

void ConcurrentSession::expect_nobody() {
  const std::lock_guard lock(mutex_);
  owed_ = 0;
}

// --- the runtime's half ---

std::variant<RuntimeSession::NextTicket, Refusal> ConcurrentSession::begin_next() {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == SessionState::InitError) return forbidden_transition(state_, SessionState::Ready);
    // rie: Runtime.TooManyIdleRuntimes
    if (closed_ || waiters_.size() + coming_ >= max_concurrency_) return internal_error();
    ++coming_;
    if (owed_ > 0)
      --owed_;
    else if (early_ < uploads_)
      ++early_;
    first = std::exchange(state_, SessionState::Ready) == SessionState::Started;
  }
  const auto& event = first ? events_.runtime_ready : events_.asked_again;
  if (event) event();
  return NextTicket{};
}

void ConcurrentSession::wait(Waiter& waiter) {
  {
    const std::lock_guard lock(mutex_);
    --coming_;
    waiters_.push_back(&waiter);
  }
  hand_over();
}

bool ConcurrentSession::leave(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  return std::erase(waiters_, &waiter) != 0;
}

void ConcurrentSession::take_again(Waiter& /*waiter*/, NextTicket /*ticket*/) {}

void ConcurrentSession::not_delivered(std::string_view invocation_id) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(running_.begin(), running_.end(), [&](const auto& each) {
      return each.second.taken.invocation_id == invocation_id;
    });
    if (closed_ || found == running_.end()) return;
    undelivered_.push_back(found->first);
  }
  hand_over();
}

ConcurrentSession::Running* ConcurrentSession::find_answerable(const AnswerHead& head) {
  if (closed_) return nullptr;
  const auto found = running_.find(std::string(head.request_id));
  if (found == running_.end()) return nullptr;
  Running& running = found->second;
  const bool same_attempt =
      head.invocation_id.empty() || head.invocation_id == running.taken.invocation_id;
  // A stream goes on to its own end, nothing else ends it.
  return same_attempt && running.streamed == head.streamed ? &running : nullptr;
}

// Why find_answerable() has found none.
std::optional<Refusal> ConcurrentSession::refuse_answer(const AnswerHead& head) {
  if (closed_) return internal_error();
  const auto found = running_.find(std::string(head.request_id));
  if (found != running_.end()) {
    // rie running_invoke.go: an answer to an earlier attempt is as late as one to an expired one.
    const bool other_attempt =
        !head.invocation_id.empty() && head.invocation_id != found->second.taken.invocation_id;
    return other_attempt ? invoke_timeout() : invalid_request_id();
  }
  if (head.route == AnswerHead::Route::Error && too_large_.remove(head.request_id))
    return std::nullopt;
  return expired_.remove(head.request_id) ? invoke_timeout() : invalid_request_id();
}

void ConcurrentSession::begin_upload(Running& running) {
  if (!std::exchange(running.uploading, true)) ++uploads_;
  running.answer_began = steady_clock::now();
}

void ConcurrentSession::end_upload(const Running& running) {
  if (running.uploading) --uploads_;
  early_ = std::min(early_, uploads_);
}

void ConcurrentSession::begin_answer(const AnswerHead& head) {
  const std::lock_guard lock(mutex_);
  if (auto* running = find_answerable(head)) begin_upload(*running);
}

std::shared_ptr<ResponseSink> ConcurrentSession::begin_stream(const AnswerHead& head) {
  const std::lock_guard lock(mutex_);
  auto* running = find_answerable(head);
  if (running == nullptr || !running->taken.invocation.sink) return nullptr;
  begin_upload(*running);
  running->streamed = true;
  return running->taken.invocation.sink;
}

std::optional<Refusal> ConcurrentSession::post_answer(const AnswerHead& head, Answer answer) {
  const std::string id(head.request_id);
  {
    const std::lock_guard lock(mutex_);
    const auto* running = find_answerable(head);
    if (running == nullptr) return refuse_answer(head);
    answer.began = running->answer_began;
    if (answer.began == steady_clock::time_point{}) answer.began = steady_clock::now();
    // One that has asked before the end of its answer is not expected back.
    const bool asked = running->uploading && early_ > 0;
    if (asked)
      --early_;
    else
      ++owed_;
    end_upload(*running);
    std::erase(undelivered_, id);
    running_.erase(id);
    if (answer.kind == Answer::Kind::ResponseTooLarge) too_large_.add(id);
  }
  if (events_.answered) events_.answered(id, std::move(answer));
  return std::nullopt;
}

std::optional<Refusal> ConcurrentSession::post_init_error(InitError error) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || state_ != SessionState::Started)
      return forbidden_transition(state_, SessionState::InitError);
    state_ = SessionState::InitError;
  }
  if (events_.init_failed) events_.init_failed(std::move(error));
  return std::nullopt;
}

}  // namespace runtime_api
