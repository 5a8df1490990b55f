// stream PORT METHOD PATH COUNT: sends the same request again and again on one kept connection,
// whose answers come in chunks, and prints one JSON object: how long after the time that stands at
// the start of the body its first byte came (native_handler's mode "stream"), and how fast the
// bodies were.
#include <charconv>
#include <utility>
#include <vector>

#include "tests/bench/quantile.h"
#include "tests/bench/raw_http.h"

namespace {

// Reads a connection's bytes with as few calls as a caller could.
class Reader {
 public:
  explicit Reader(int fd) : fd_(fd), buffer_(1024u * 1024, '\0') {}

  // Up to and including the delimiter.
  std::string until(std::string_view delimiter) {
    std::string text;
    while (text.size() < delimiter.size() || !text.ends_with(delimiter)) text += next();
    return text;
  }
  // `seen` is told the first bytes.
  template <typename Seen>
  void skip(std::size_t bytes, Seen seen) {
    while (bytes > 0) {
      fill();
      const std::size_t here = std::min(bytes, end_ - start_);
      seen(std::string_view(buffer_.data() + start_, here));
      start_ += here;
      bytes -= here;
    }
  }

 private:
  char next() {
    fill();
    return buffer_[start_++];
  }
  void fill() {
    if (start_ < end_) return;
    const ssize_t got = recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) bench::die("the server closed the connection");
    start_ = 0;
    end_ = static_cast<std::size_t>(got);
  }

  const int fd_;
  std::string buffer_;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
};

std::size_t number(std::string_view text, int base) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) bench::die("usage: stream PORT METHOD PATH COUNT");
  const std::string request = std::string(argv[2]) + " " + argv[3] +
                              " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
  const int count = std::atoi(argv[4]);
  const int warm_up = count > 1 ? count / 10 + 1 : 0;
  bench::Connection connection(bench::connect_or_die(bench::port_of(argv[1])));
  Reader reader(connection.fd());
  std::vector<std::int64_t> first_ns;
  std::size_t bytes = 0;
  std::int64_t body_ns = 0;
  for (int i = 0; i < count + warm_up; ++i) {
    const auto start = bench::clock_ns(CLOCK_MONOTONIC);
    connection.send(request);
    const std::string head = reader.until("\r\n\r\n");
    if (!head.starts_with("HTTP/1.1 200")) bench::die("not a success: " + head);
    bool is_first = true;
    std::size_t answered = 0;
    for (;;) {
      const std::size_t size = number(reader.until("\r\n"), 16);
      reader.skip(size, [&](std::string_view piece) {
        if (!std::exchange(is_first, false) || i < warm_up) return;
        const auto sent = static_cast<std::int64_t>(number(piece.substr(0, 20), 10));
        first_ns.push_back(bench::clock_ns(CLOCK_MONOTONIC) - sent);
      });
      answered += size;
      reader.until("\r\n");
      if (size == 0) break;
    }
    if (i < warm_up) continue;
    bytes += answered;
    body_ns += bench::clock_ns(CLOCK_MONOTONIC) - start;
  }
  std::sort(first_ns.begin(), first_ns.end());
  std::printf(
      "{\"first_p50_us\": %.1f, \"first_p99_us\": %.1f, \"mb_per_second\": %.0f, \"bytes\": %zu}\n",
      bench::at_quantile(first_ns, 0.5), bench::at_quantile(first_ns, 0.99),
      static_cast<double>(bytes) / 1e6 / (static_cast<double>(body_ns) / 1e9), bytes);
}
