// A session of one invocation at a time: the state machine of an ordinary environment. Every
// transition is forbidden unless listed (states of AWS's RIE, internal/lambda/core/states.go).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "runtime_api/runtime_session.h"

namespace runtime_api {

class Session final : public RuntimeSession {
 public:
  explicit Session(SessionEvents events);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  InstanceKind kind() const override { return InstanceKind::Default; }
  int max_concurrency() const override { return 1; }

  // One at a time: the previous must be answered or withdrawn.
  void offer(Invocation invocation) override;
  void hand_over() override;
  std::optional<Invocation> withdraw(std::string_view request_id) override;
  void close() override;
  bool is_running(std::string_view request_id) const override;
  // When the runtime was handed the present invocation plus its timeout; nullopt while none is
  // running.
  std::optional<std::chrono::steady_clock::time_point> deadline() const;
  SessionState state() const;

  std::variant<NextTicket, Refusal> begin_next() override;
  void wait(Waiter& waiter) override;
  bool leave(Waiter& waiter) override;
  void take_again(Waiter& waiter, NextTicket ticket) override;
  void not_delivered(std::string_view invocation_id) override;
  void begin_answer(const AnswerHead& head) override;
  std::shared_ptr<ResponseSink> begin_stream(const AnswerHead& head) override;
  std::optional<Refusal> post_answer(const AnswerHead& head, Answer answer) override;
  std::optional<Refusal> post_init_error(InitError error) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runtime_api
