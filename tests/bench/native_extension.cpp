// The fastest extension there can be, on a raw socket. Without TELEMETRY_FILE it takes every INVOKE
// and asks for the next event. With it, it subscribes to the function's lines instead, and the file
// always holds "records in_order first_ns last_ns" (CLOCK_MONOTONIC of the arrivals): each line
// ends in its number, from 1.
#include <fcntl.h>

#include <array>
#include <filesystem>
#include <string>

#include "tests/bench/raw_http.h"

namespace {

using bench::Connection;

std::string request(std::string_view method, std::string_view path, const std::string& head,
                    std::string_view body) {
  std::string text(method);
  text.append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n").append(head);
  if (method != "GET") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text.append("\r\n").append(body);
}

// Sends a request and returns the value of a header of its answer.
std::string ask(Connection& api, const std::string& text, std::string_view header = {}) {
  api.send(text);
  if (!api.read_head()) std::exit(0);
  if (!api.head().starts_with("HTTP/1.1 200")) bench::die(std::string(api.head()));
  const std::string value(header.empty() ? std::string_view() : api.header(header));
  api.drop_body();
  return value;
}

struct Arrivals {
  int fd = -1;
  std::uint64_t records = 0;
  bool in_order = true;
  std::int64_t first_ns = 0;

  void take(std::string_view batch) {
    constexpr std::string_view kEnd = "\"}";
    if (first_ns == 0) first_ns = bench::clock_ns(CLOCK_MONOTONIC);
    for (auto at = batch.find(kEnd); at != std::string_view::npos; at = batch.find(kEnd, at + 2)) {
      std::uint64_t number = 0;
      std::uint64_t digit = 1;
      for (auto back = at; back > 0 && batch[back - 1] >= '0' && batch[back - 1] <= '9'; --back) {
        number += digit * static_cast<std::uint64_t>(batch[back - 1] - '0');
        digit *= 10;
      }
      in_order = in_order && number == ++records;
    }
    std::array<char, 128> line{};
    const int length = std::snprintf(line.data(), line.size(), "%012llu %d %020lld %020lld\n",
                                     static_cast<unsigned long long>(records), in_order ? 1 : 0,
                                     static_cast<long long>(first_ns),
                                     static_cast<long long>(bench::clock_ns(CLOCK_MONOTONIC)));
    if (pwrite(fd, line.data(), static_cast<std::size_t>(length), 0) != length)
      bench::die("cannot write the arrivals");
  }
};

[[noreturn]] void receive_telemetry(Connection& api, const std::string& me, const char* file) {
  Arrivals arrivals;
  arrivals.fd = open(file, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
  std::uint16_t port = 0;
  const int listener = bench::listen_on_free_port(port);
  ask(api, request("PUT", "/2022-07-01/telemetry", me,
                   R"({"schemaVersion":"2022-12-13","types":["function"],"buffering":)"
                   R"({"timeoutMs":25},"destination":{"protocol":"HTTP",)"
                   R"("URI":"http://sandbox.localdomain:)" +
                       std::to_string(port) + "\"}}"));
  api.send(request("GET", "/2020-01-01/extension/event/next", me, {}));
  Connection subscription(accept(listener, nullptr, nullptr));
  std::string batch;
  while (subscription.read_head()) {
    subscription.read_body(batch);
    arrivals.take(batch);
    subscription.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }
  std::exit(0);
}

}  // namespace

int main(int, char** argv) {
  const char* address = std::getenv("AWS_LAMBDA_RUNTIME_API");
  if (address == nullptr) bench::die("AWS_LAMBDA_RUNTIME_API is needed");
  const char* file = std::getenv("TELEMETRY_FILE");
  const std::string name = std::filesystem::path(argv[0]).filename().string();
  Connection api(bench::connect_or_die(bench::port_of(address)));
  const std::string me =
      "Lambda-Extension-Identifier: " +
      ask(api,
          request("POST", "/2020-01-01/extension/register",
                  "Lambda-Extension-Name: " + name + "\r\n",
                  file == nullptr ? R"({"events":["INVOKE"]})" : R"({"events":[]})"),
          "Lambda-Extension-Identifier") +
      "\r\n";
  if (file != nullptr) receive_telemetry(api, me, file);
  const std::string next = request("GET", "/2020-01-01/extension/event/next", me, {});
  for (;;) ask(api, next);
}
