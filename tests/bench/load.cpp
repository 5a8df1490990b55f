// load PORT FUNCTION CALLERS INVOCATIONS BYTES: invokes through POST
// /2015-03-31/functions/FUNCTION/invocations, each caller on its own kept connection, and prints
// one JSON object. The first tenth (at most 200 a caller) warms up and is not counted.
#include <thread>
#include <vector>

#include "tests/bench/quantile.h"
#include "tests/bench/raw_http.h"

namespace {

void call(std::uint16_t port, const std::string& request, const std::string& body, int count,
          std::vector<std::int64_t>& latencies_ns) {
  bench::Connection connection(bench::connect_or_die(port));
  std::string answer;
  latencies_ns.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const auto start = bench::clock_ns(CLOCK_MONOTONIC);
    connection.send(request, body);
    if (!connection.read_head()) bench::die("the server closed the connection");
    connection.read_body(answer);
    latencies_ns.push_back(bench::clock_ns(CLOCK_MONOTONIC) - start);
    if (!connection.head().starts_with("HTTP/1.1 200") ||
        !connection.header("X-Amz-Function-Error").empty()) {
      bench::die("not a success: " + std::string(connection.head()) + answer.substr(0, 500));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) bench::die("usage: load PORT FUNCTION CALLERS INVOCATIONS BYTES");
  const auto port = bench::port_of(argv[1]);
  const int callers = std::atoi(argv[3]);
  const int each = std::atoi(argv[4]) / callers;
  const auto bytes = static_cast<std::size_t>(std::atoll(argv[5]));
  const std::string body = "{\"x\":\"" + std::string(bytes > 8 ? bytes - 8 : 0, 'x') + "\"}";
  const std::string request = "POST /2015-03-31/functions/" + std::string(argv[2]) +
                              "/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                              "application/json\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n";
  const auto run = [&](int count) {
    std::vector<std::vector<std::int64_t>> latencies(static_cast<std::size_t>(callers));
    std::vector<std::thread> threads;
    for (auto& mine : latencies)
      threads.emplace_back([&, count] { call(port, request, body, count, mine); });
    for (auto& thread : threads) thread.join();
    return latencies;
  };
  run(std::min(200, each / 10 + 1));
  const auto start = bench::clock_ns(CLOCK_MONOTONIC);
  const auto latencies = run(each);
  const auto seconds = static_cast<double>(bench::clock_ns(CLOCK_MONOTONIC) - start) / 1e9;
  std::vector<std::int64_t> all;
  for (const auto& mine : latencies) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  std::printf("{\"p50_us\": %.1f, \"p99_us\": %.1f, \"per_second\": %.0f, \"invocations\": %zu}\n",
              bench::at_quantile(all, 0.5), bench::at_quantile(all, 0.99),
              static_cast<double>(all.size()) / seconds, all.size());
}
