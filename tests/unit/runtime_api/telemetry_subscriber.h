// What stands on the other side of a subscription in these tests: a port of this machine that
// keeps what it gets, over HTTP or TCP.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "runtime_api/acceptor.h"
#include "runtime_api/http_server.h"
#include "runtime_api/socket.h"
#include "runtime_api/telemetry_subscription.h"
#include "tests/support/http_client.h"

namespace test {

using nlohmann::json;

class Kept {
 public:
  std::vector<json> records() {
    const std::lock_guard lock(mutex_);
    return records_;
  }
  std::vector<std::size_t> batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return records_.size();
  }
  bool reaches(std::size_t records) {
    return eventually([&] { return count() >= records; });
  }

 protected:
  void keep(const std::vector<json>& batch) {
    const std::lock_guard lock(mutex_);
    batches_.push_back(batch.size());
    records_.insert(records_.end(), batch.begin(), batch.end());
  }

 private:
  std::mutex mutex_;
  std::vector<json> records_;
  std::vector<std::size_t> batches_;
};

class HttpSubscriber : public Kept {
 public:
  HttpSubscriber() : server_(options(), [this](auto& exchange) { return take(exchange); }) {}

  runtime_api::TelemetrySubscription subscription(
      std::vector<runtime_api::TelemetryType> types) const {
    runtime_api::TelemetrySubscription made;
    made.schema_version = "2022-12-13";
    made.types = std::move(types);
    made.port = server_.port();
    made.path = "/telemetry";
    made.timeout = std::chrono::milliseconds(25);
    return made;
  }

  std::atomic<unsigned> status{200};
  std::atomic<bool> stalled{false};
  std::atomic<int> requests{0};
  // For bodies of many megabytes: they are not read but for these two numbers.
  std::atomic<bool> counts_only{false};
  std::atomic<std::size_t> lines{0};
  std::atomic<std::size_t> told_lost{0};
  std::string host;  // of the last request; read after it is over

 private:
  static runtime_api::HttpServer::Options options() {
    runtime_api::HttpServer::Options options;
    options.body_limit_bytes = 64u * 1024 * 1024;
    return options;
  }
  runtime_api::HttpResponse take(runtime_api::HttpExchange& exchange) {
    runtime_api::HttpResponse response;
    ++requests;
    while (stalled) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    response.status = status;
    if (status == 200 && exchange.method() == "POST" && exchange.path() == "/telemetry") {
      host = exchange.header("Host").value_or("");
      if (counts_only)
        count_in(exchange.body());
      else
        keep(json::parse(exchange.body()).get<std::vector<json>>());
    }
    return response;
  }

  void count_in(const std::string& body) {
    const std::string line = R"("type":"function")";
    for (auto at = body.find(line); at != body.npos; at = body.find(line, at + 1)) ++lines;
    const std::string lost = R"("droppedRecords":)";
    for (auto at = body.find(lost); at != body.npos; at = body.find(lost, at + 1))
      told_lost += std::stoul(body.substr(at + lost.size(), 20));
  }

  runtime_api::HttpServer server_;
};

class TcpSubscriber : public Kept {
 public:
  TcpSubscriber()
      : acceptor_({"127.0.0.1", 0, 10, {}, std::chrono::seconds(1)},
                  [this](int fd, const std::atomic<bool>&) { read(fd); }) {}

  runtime_api::TelemetrySubscription subscription() const {
    runtime_api::TelemetrySubscription made;
    made.schema_version = "2022-12-13";
    made.types = {runtime_api::TelemetryType::Function};
    made.protocol = runtime_api::TelemetrySubscription::Protocol::Tcp;
    made.port = acceptor_.port();
    made.timeout = std::chrono::milliseconds(25);
    return made;
  }

 private:
  void read(int fd) {
    std::string text;
    char bytes[4096];
    for (;;) {
      const auto got = runtime_api::receive(fd, bytes, sizeof bytes, {});
      if (got <= 0) return;
      text.append(bytes, static_cast<std::size_t>(got));
      for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        keep({json::parse(text.substr(0, end))});
        text.erase(0, end + 1);
      }
    }
  }

  runtime_api::Acceptor acceptor_;
};

}  // namespace test
