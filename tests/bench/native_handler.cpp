// The fastest handler there can be: a Runtime API client on a raw socket. Its _HANDLER says what it
// does with an event:
//   drop         reads it into one buffer again and again, and answers null
//   drop:FILE    the same; FILE.<pid> always holds "first_ns last_ns invocations bytes"
//                (CLOCK_REALTIME of the arrivals)
//   report:FILE  the same, and answers that no record of the batch failed
//   echo         answers the event itself
//   print        prints as many lines of 100 bytes as the event says, each ending in its number,
//   and
//                answers null
//   hold:FILE    adds a byte to FILE.taken and answers null within a second of FILE's coming
//   stamp:FILE   FILE.<pid> gets one line a record: nanoseconds from the time in the record's value
//                to the event's arrival
//   stream:BYTES:CHUNK  streams BYTES in chunks of CHUNK, after a first one that is the time
//                (CLOCK_MONOTONIC, 20 digits of nanoseconds)
#include <fcntl.h>

#include <array>
#include <optional>

#include "tests/bench/raw_http.h"

namespace {

using bench::Connection;

constexpr std::string_view kNext =
    "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: localhost\r\n\r\n";

int open_output(const std::string& path) {
  const auto name = path + "." + std::to_string(getpid());
  const int fd = open(name.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) bench::die("cannot write " + name);
  return fd;
}

struct Arrivals {
  int fd = -1;
  std::int64_t first_ns = 0;
  std::uint64_t invocations = 0;
  std::uint64_t bytes = 0;

  void note(std::int64_t now_ns, std::size_t size) {
    if (invocations++ == 0) first_ns = now_ns;
    bytes += size;
    std::array<char, 128> line{};
    const int length = std::snprintf(
        line.data(), line.size(), "%020lld %020lld %012llu %015llu\n",
        static_cast<long long>(first_ns), static_cast<long long>(now_ns),
        static_cast<unsigned long long>(invocations), static_cast<unsigned long long>(bytes));
    if (pwrite(fd, line.data(), static_cast<std::size_t>(length), 0) != length)
      bench::die("cannot write the arrivals");
  }
};

// The first digits of a base64 text as a number: the producer puts the time of sending at the start
// of each value.
std::int64_t leading_number(std::string_view base64) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::int64_t number = 0;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char character : base64) {
    const auto value = kAlphabet.find(character);
    if (value == std::string_view::npos) break;
    bits = (bits << 6) | static_cast<unsigned>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const unsigned byte = (bits >> held) & 0xff;
    if (byte < '0' || byte > '9') break;
    number = number * 10 + static_cast<std::int64_t>(byte - '0');
  }
  return number;
}

void print_lines(std::uint64_t count) {
  std::array<char, 128> line{};
  for (std::uint64_t number = 1; number <= count; ++number) {
    const int length = std::snprintf(
        line.data(), line.size(),
        "2026-01-01T00:00:00.000Z INFO a line as functions print them, of which there "
        "are many: %012llu\n",
        static_cast<unsigned long long>(number));
    if (write(STDOUT_FILENO, line.data(), static_cast<std::size_t>(length)) != length)
      bench::die("cannot print");
  }
}

void hold(const std::string& file) {
  const int fd = open((file + ".taken").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
  if (write(fd, "x", 1) != 1) bench::die("cannot write " + file + ".taken");
  close(fd);
  // Seldom: a thousand of them look.
  while (access(file.c_str(), F_OK) != 0) sleep(1);
}

void note_latencies(int fd, std::string_view event, std::int64_t now_ns) {
  constexpr std::string_view kValue = "\"value\":\"";
  std::string lines;
  for (auto at = event.find(kValue); at != std::string_view::npos;
       at = event.find(kValue, at + 1)) {
    lines += std::to_string(now_ns - leading_number(event.substr(at + kValue.size(), 40))) + "\n";
  }
  if (write(fd, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()))
    bench::die("cannot write the latencies");
}

struct Stream {
  std::size_t bytes = 0;
  std::string chunk;  // with its framing

  explicit Stream(const std::string& sizes) {
    const auto colon = sizes.find(':');
    bytes = static_cast<std::size_t>(std::atoll(sizes.c_str()));
    const auto size = static_cast<std::size_t>(std::atoll(sizes.c_str() + colon + 1));
    std::array<char, 32> line{};
    std::snprintf(line.data(), line.size(), "%zx\r\n", size);
    chunk = line.data() + std::string(size, 'x') + "\r\n";
  }

  // `post`: the request's first words.
  void answer(Connection& connection, const std::string& post) const {
    std::array<char, 48> first{};
    connection.send(post +
                    "/response HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/x\r\n"
                    "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n");
    const int length = std::snprintf(first.data(), first.size(), "14\r\n%020lld\r\n",
                                     static_cast<long long>(bench::clock_ns(CLOCK_MONOTONIC)));
    connection.send(std::string_view(first.data(), static_cast<std::size_t>(length)));
    for (std::size_t sent = 0; sent < bytes; sent += chunk.size()) connection.send(chunk);
    connection.send("0\r\n\r\n");
  }
};

}  // namespace

int main() {
  const char* api = std::getenv("AWS_LAMBDA_RUNTIME_API");
  const char* handler = std::getenv("_HANDLER");
  if (api == nullptr || handler == nullptr)
    bench::die("AWS_LAMBDA_RUNTIME_API and _HANDLER are needed");
  const std::string mode = handler;
  const auto file =
      mode.find(':') == std::string::npos ? std::string() : mode.substr(mode.find(':') + 1);
  const bool echo = mode == "echo";
  const bool stamp = mode.starts_with("stamp:");
  const bool print = mode == "print";
  std::optional<Arrivals> arrivals;
  const bool report = mode.starts_with("report:");
  if (report || mode.starts_with("drop:")) arrivals = Arrivals{open_output(file)};
  const int stamps = stamp ? open_output(file) : -1;
  std::optional<Stream> stream;
  if (mode.starts_with("stream:")) stream.emplace(file);

  Connection connection(bench::connect_or_die(bench::port_of(api)));
  std::string event;
  std::string post;
  for (;;) {
    connection.send(kNext);
    if (!connection.read_head()) return 0;
    post = "POST /2018-06-01/runtime/invocation/";
    post += connection.header("Lambda-Runtime-Aws-Request-Id");
    const auto size = connection.body_bytes();
    if (echo || stamp || print)
      connection.read_body(event);
    else
      connection.drop_body();
    if (arrivals) arrivals->note(bench::clock_ns(CLOCK_REALTIME), size);
    if (print) print_lines(std::strtoull(event.c_str(), nullptr, 10));
    if (mode.starts_with("hold:")) hold(file);
    if (stamp) note_latencies(stamps, event, bench::clock_ns(CLOCK_REALTIME));
    if (stream) {
      stream->answer(connection, post);
      if (!connection.read_head()) return 0;
      connection.drop_body();
      continue;
    }
    const std::string_view answer = echo     ? std::string_view(event)
                                    : report ? R"({"batchItemFailures":[]})"
                                             : std::string_view("null");
    post +=
        "/response HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/json\r\nContent-Length: " +
        std::to_string(answer.size()) + "\r\n\r\n";
    connection.send(post, answer);
    if (!connection.read_head()) return 0;
    connection.drop_body();
  }
}
