// requests PORT COUNT METHOD PATH [BODY_FILE]: sends the same request again and again on one kept
// connection and prints latencies, the last status and body size as one JSON object. The first
// tenth (at most 200) warms up and is not counted.
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/bench/quantile.h"
#include "tests/bench/raw_http.h"

int main(int argc, char** argv) {
  if (argc < 5) bench::die("usage: requests PORT COUNT METHOD PATH [BODY_FILE]");
  const int count = std::atoi(argv[2]);
  std::string body;
  if (argc > 5) {
    std::ostringstream text;
    text << std::ifstream(argv[5], std::ios::binary).rdbuf();
    body = std::move(text).str();
  }
  const std::string head =
      std::string(argv[3]) + " " + argv[4] +
      " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  bench::Connection connection(bench::connect_or_die(bench::port_of(argv[1])));
  const int warm_up = count > 1 ? std::min(200, count / 10 + 1) : 0;
  std::vector<std::int64_t> latencies_ns;
  std::string status;
  std::size_t body_bytes = 0;
  for (int i = 0; i < count + warm_up; ++i) {
    const auto start = bench::clock_ns(CLOCK_MONOTONIC);
    connection.send(head, body);
    if (!connection.read_head()) bench::die("the server closed the connection");
    status = connection.head().substr(9, 3);
    body_bytes = connection.body_bytes();
    connection.drop_body();
    if (i >= warm_up) latencies_ns.push_back(bench::clock_ns(CLOCK_MONOTONIC) - start);
  }
  std::sort(latencies_ns.begin(), latencies_ns.end());
  std::printf("{\"p50_us\": %.1f, \"p99_us\": %.1f, \"status\": %s, \"bytes\": %zu}\n",
              bench::at_quantile(latencies_ns, 0.5), bench::at_quantile(latencies_ns, 0.99),
              status.c_str(), body_bytes);
}
