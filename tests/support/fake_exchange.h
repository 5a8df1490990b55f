// A request without a connection, for tests of what answers requests. One test's; respond() may
// come from any thread.
#pragma once

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime_api/http_server.h"

namespace test {

class FakeExchange final : public runtime_api::HttpExchange {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  FakeExchange(std::string method, std::string target, std::string body = {}, Headers headers = {})
      : method_(std::move(method)),
        target_(std::move(target)),
        body_(std::move(body)),
        headers_(std::move(headers)) {}

  std::string_view method() const override { return method_; }
  std::string_view path() const override {
    return std::string_view(target_).substr(0, target_.find('?'));
  }
  std::string_view query() const override {
    const auto mark = target_.find('?');
    return mark == std::string::npos ? std::string_view()
                                     : std::string_view(target_).substr(mark + 1);
  }
  std::optional<std::string_view> header(std::string_view name) const override {
    const auto same = [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) ==
             std::tolower(static_cast<unsigned char>(b));
    };
    for (const auto& [key, value] : headers_) {
      if (std::equal(key.begin(), key.end(), name.begin(), name.end(), same)) return value;
    }
    return std::nullopt;
  }
  void each_header(
      const std::function<void(std::string_view, std::string_view)>& see) const override {
    for (const auto& [name, value] : headers_) see(name, value);
  }
  std::string peer() const override { return "127.0.0.1"; }
  const std::string& body() const override { return body_; }
  std::string take_body() override { return std::move(body_); }
  // As long as an answer is to be expected at all.
  runtime_api::WaitResult wait(runtime_api::Peer,
                               std::optional<std::chrono::milliseconds> limit) override {
    std::unique_lock lock(mutex_);
    return answered_.wait_for(lock, limit.value_or(kPatience), [this] { return late.has_value(); })
               ? runtime_api::WaitResult::Answered
               : runtime_api::WaitResult::TimedOut;
  }
  void respond(runtime_api::HttpResponse response) override {
    const std::lock_guard lock(mutex_);
    late = std::move(response);
    answered_.notify_all();
  }

  runtime_api::BodyEnd read_into(std::size_t, runtime_api::BodyReader& reader) override {
    reader.take(body_);
    return runtime_api::BodyEnd::Complete;
  }
  // A response in pieces becomes one whole.
  void begin_stream(const runtime_api::HttpResponse& head) override { streamed_ = head; }
  bool stream(std::span<const std::string_view> parts) override {
    for (const auto part : parts) streamed_.body += part;
    pieces.push_back(streamed_.body.size());
    return true;
  }
  void interrupt_stream() override {}
  void end_stream(std::string_view rest, runtime_api::StreamEnd end) override {
    streamed_.body += rest;
    ended = end;
    respond(std::move(streamed_));
  }

  std::optional<runtime_api::HttpResponse> late;  // what respond() was given
  std::vector<std::size_t> pieces;                // bytes of the body after each stream()
  std::optional<runtime_api::StreamEnd> ended;

 private:
  std::string method_;
  std::string target_;
  std::string body_;
  Headers headers_;
  runtime_api::HttpResponse streamed_;
  std::mutex mutex_;  // guards `late` until wait() has returned
  std::condition_variable answered_;

  static constexpr std::chrono::milliseconds kPatience{30'000};
};

}  // namespace test
