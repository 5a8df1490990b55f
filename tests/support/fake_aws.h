// An HTTP server that keeps the last request and answers as it was told. One test's; its answer is
// set between calls.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "runtime_api/http_server.h"

namespace emulator::test {

class FakeAws {
 public:
  struct Seen {
    std::string method;
    std::string path;
    std::string body;
    std::map<std::string, std::string> headers;
  };

  explicit FakeAws(const std::string& address = "127.0.0.1")
      : server_(options(address), [this](auto& exchange) { return answer(exchange); }) {}

  void answer_with(unsigned status, std::string body) {
    std::lock_guard lock(mutex_);
    status_ = status;
    body_ = std::move(body);
  }
  Seen seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  std::string url() const { return "http://" + server_.host_and_port(); }

 private:
  static runtime_api::HttpServer::Options options(const std::string& address) {
    runtime_api::HttpServer::Options options;
    options.address = address;
    options.body_limit_bytes = 64u * 1024 * 1024;
    return options;
  }
  runtime_api::HttpResponse answer(runtime_api::HttpExchange& exchange) {
    std::lock_guard lock(mutex_);
    seen_ = {
        std::string(exchange.method()), std::string(exchange.path()), exchange.take_body(), {}};
    for (const char* name : {"Host", "Authorization", "X-Amz-Date", "X-Amz-Target", "Content-Type",
                             "X-Amz-Content-Sha256", "X-Amz-Security-Token"})
      if (const auto value = exchange.header(name)) seen_.headers[name] = std::string(*value);
    runtime_api::HttpResponse response;
    response.status = status_;
    response.body = body_;
    return response;
  }

  mutable std::mutex mutex_;  // guards what follows
  unsigned status_ = 200;
  std::string body_;
  Seen seen_;
  runtime_api::HttpServer server_;  // last: it uses the above
};

}  // namespace emulator::test
