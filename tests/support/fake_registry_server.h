// An HTTP server that answers as a schema registry would, path by path. One test's; answers may be
// set and calls be looked at while it serves.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime_api/http_server.h"

namespace emulator::test {

class FakeRegistryServer {
 public:
  struct Seen {
    std::string call;  // "GET /schemas/ids/1"
    std::string body;
    std::string authorization;
    std::string target;  // X-Amz-Target
  };

  FakeRegistryServer() : server_({}, [this](auto& exchange) { return answer(exchange); }) {}

  // `call`: "GET /schemas/ids/1"; what nobody set is answered as a registry answers a path that it
  // does not have.
  void answer_with(const std::string& call, unsigned status, std::string body) {
    std::lock_guard lock(mutex_);
    answers_[call] = {status, std::move(body)};
  }
  std::vector<Seen> seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  std::vector<std::string> calls() const {
    std::lock_guard lock(mutex_);
    std::vector<std::string> calls;
    for (const Seen& each : seen_) calls.push_back(each.call);
    return calls;
  }
  std::string url() const { return "http://" + server_.host_and_port(); }

 private:
  struct Answer {
    unsigned status = 404;
    std::string body = R"({"error_code":404,"message":"HTTP 404 Not Found"})";
  };

  runtime_api::HttpResponse answer(runtime_api::HttpExchange& exchange) {
    std::lock_guard lock(mutex_);
    Seen seen{std::string(exchange.method()) + " " + std::string(exchange.path()),
              exchange.take_body(), std::string(exchange.header("Authorization").value_or("")),
              std::string(exchange.header("X-Amz-Target").value_or(""))};
    const auto found = answers_.find(seen.call);
    const Answer given = found == answers_.end() ? Answer() : found->second;
    seen_.push_back(std::move(seen));
    runtime_api::HttpResponse response;
    response.status = given.status;
    response.body = given.body;
    return response;
  }

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Answer> answers_;
  std::vector<Seen> seen_;
  runtime_api::HttpServer server_;  // last: it uses the above
};

}  // namespace emulator::test
