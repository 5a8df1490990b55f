// The session of managed instances: the runtime has up to n workers, each of which asks for events
// and answers them on its own, so that no state but each invocation's own says what may come next.
// Statuses and bodies as AWS's RIE has them (internal/lambda-managed-instances/invoke,
// rapi/handler).
//
// A worker is known by nothing but its requests. How many invocations may be offered is therefore
// counted: workers that wait, and workers that have answered and are expected back.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "runtime_api/runtime_session.h"

namespace runtime_api {

class ConcurrentSession final : public RuntimeSession {
 public:
  // `max_concurrency`: n, at least 1.
  ConcurrentSession(SessionEvents events, int max_concurrency);
  ConcurrentSession(const ConcurrentSession&) = delete;
  ConcurrentSession& operator=(const ConcurrentSession&) = delete;

  InstanceKind kind() const override { return InstanceKind::Managed; }
  int max_concurrency() const override { return static_cast<int>(max_concurrency_); }

  void offer(Invocation invocation) override;
  void hand_over() override;
  std::optional<Invocation> withdraw(std::string_view request_id) override;
  void close() override;
  bool is_running(std::string_view request_id) const override;
  // Ends one that runs, without an answer: its worker's late one gets a 410, a second one a 400.
  // False: it does not run; if it did, `answered` was or is being called.
  bool expire(std::string_view request_id);
  // How many invocations may be offered that will not have to wait for another one's end.
  int room() const;
  // Workers that have answered and not come back are given up: nobody took what was offered.
  void expect_nobody();

  std::variant<NextTicket, Refusal> begin_next() override;
  void wait(Waiter& waiter) override;
  bool leave(Waiter& waiter) override;
  void take_again(Waiter& waiter, NextTicket ticket) override;  // never: its ticket names nothing
  void not_delivered(std::string_view invocation_id) override;
  void begin_answer(const AnswerHead& head) override;
  std::shared_ptr<ResponseSink> begin_stream(const AnswerHead& head) override;
  std::optional<Refusal> post_answer(const AnswerHead& head, Answer answer) override;
  std::optional<Refusal> post_init_error(InitError error) override;

 private:
  struct Running {
    Taken taken;
    bool uploading = false;  // an answer, whose end has not come
    bool streamed = false;   // and it goes to the sink
    std::chrono::steady_clock::time_point answer_began{};
  };
  struct Handover {
    Waiter* waiter;
    std::variant<Taken, Refusal> what;
    bool first = false;  // the invocation has just begun
  };
  // The last so many request ids.
  class Ids {
   public:
    void add(std::string id);
    bool remove(std::string_view id);  // false: it is not there

   private:
    std::deque<std::string> ids_;
  };

  // with mutex_ held
  std::optional<Handover> find_handover();
  std::optional<Taken> next_undelivered();
  Running* find_answerable(const AnswerHead& head);
  std::optional<Refusal> refuse_answer(const AnswerHead& head);
  void begin_upload(Running& running);
  void end_upload(const Running& running);

  // constant after construction
  const SessionEvents events_;
  const std::size_t max_concurrency_;

  mutable std::mutex mutex_;
  // guarded by mutex_
  SessionState state_ = SessionState::Started;  // Ready from the first /next on
  bool closed_ = false;
  std::size_t coming_ = 0;       // of begin_next(), before their wait()
  std::deque<Waiter*> waiters_;  // who came first is first
  std::deque<Invocation> offered_;
  std::unordered_map<std::string, Running> running_;  // by request id
  std::deque<std::string> undelivered_;               // of running_: reached nobody yet
  std::size_t uploads_ = 0;                           // of running_
  std::size_t early_ = 0;  // workers that have asked before their upload's end
  std::size_t owed_ = 0;   // workers that have answered and not asked again
  Ids expired_;
  Ids too_large_;  // Java posts an /error after such a response's 413
};

}  // namespace runtime_api
