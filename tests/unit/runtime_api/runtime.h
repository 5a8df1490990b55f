// One session with its Runtime API and a record of what the owner was told.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime_api/runtime_api.h"
#include "runtime_api/session.h"
#include "tests/support/http_client.h"

namespace test {

inline const std::string kNext = "/2018-06-01/runtime/invocation/next";
inline std::string response_path(const std::string& id) {
  return "/2018-06-01/runtime/invocation/" + id + "/response";
}
inline std::string error_path(const std::string& id) {
  return "/2018-06-01/runtime/invocation/" + id + "/error";
}

class Environment {
 public:
  using Answers = std::vector<std::pair<std::string, runtime_api::Answer>>;

  Answers answers() {
    const std::lock_guard lock(mutex_);
    return answers_;
  }
  // Waits for that many answers; gives what there is when the patience is over.
  Answers wait_for_answers(std::size_t count) {
    eventually([&] { return answers().size() >= count; });
    return answers();
  }
  std::vector<runtime_api::InitError> init_errors() {
    const std::lock_guard lock(mutex_);
    return init_errors_;
  }
  int taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  std::uint16_t port() const {
    const std::string address = api.host_and_port();
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  HttpClient client() const { return HttpClient(port()); }

  void offer(const std::string& id, const std::string& payload = "{}") {
    runtime_api::Invocation invocation;
    invocation.request_id = id;
    invocation.payload = std::make_shared<const std::string>(payload);
    session.offer(std::move(invocation));
    session.hand_over();
  }
  bool in_state(runtime_api::SessionState state) {
    return eventually([&] { return session.state() == state; });
  }

 private:
  runtime_api::SessionEvents events() {
    runtime_api::SessionEvents events;
    events.taken = [this](const runtime_api::Invocation&) {
      const std::lock_guard lock(mutex_);
      ++taken_;
    };
    events.answered = [this](const std::string& id, runtime_api::Answer answer) {
      const std::lock_guard lock(mutex_);
      answers_.emplace_back(id, std::move(answer));
    };
    events.init_failed = [this](runtime_api::InitError error) {
      const std::lock_guard lock(mutex_);
      init_errors_.push_back(std::move(error));
    };
    return events;
  }

  std::mutex mutex_;
  Answers answers_;
  std::vector<runtime_api::InitError> init_errors_;
  int taken_ = 0;

 public:
  runtime_api::Session session{events()};
  runtime_api::RuntimeApi api{session};
};

}  // namespace test
