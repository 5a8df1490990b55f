// The least an emulator could do: one thread, one caller at a time, one handler; reads an
// invocation, hands it to the handler, with the headers that Lambda sends (they are work for the
// client), reads the answer, hands it to the caller. No routing, no
// checks, no time limits. Prints "caller PORT handler PORT". Both are kept open; when the caller
// goes, the next is accepted.
#include "tests/bench/raw_http.h"

int main() {
  using bench::Connection;
  std::uint16_t caller_port = 0;
  std::uint16_t handler_port = 0;
  const int callers = bench::listen_on_free_port(caller_port);
  const int handlers = bench::listen_on_free_port(handler_port);
  std::printf("caller %d handler %d\n", caller_port, handler_port);
  std::fflush(stdout);

  const auto accept_one = [](int listener) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) bench::die("accept failed");
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
  };
  Connection handler(accept_one(handlers));
  std::string body;
  std::string head;
  if (!handler.read_head()) return 0;  // its first GET /next
  for (;;) {
    Connection caller(accept_one(callers));
    while (caller.read_head()) {
      caller.read_body(body);
      head =
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: "
          "8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\nLambda-Runtime-Deadline-Ms: "
          "1542409706888\r\nLambda-Runtime-Invoked-Function-Arn: "
          "arn:aws:lambda:us-east-1:000000000000:function:bench\r\nLambda-Runtime-Trace-Id: "
          "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0;"
          "Lineage=1:fc3b4ff1:0\r\nLambda-Runtime-Invocation-Id: "
          "5b7c2f0e-4f4f-4d5e-9c57-3d3d5a1c2e10\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n\r\n";
      handler.send(head, body);
      if (!handler.read_head()) return 0;  // POST …/response
      handler.read_body(body);
      head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\n\r\n";
      caller.send(head, body);
      handler.send(
          "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: "
          "16\r\n\r\n{\"status\":\"OK\"}\n");
      if (!handler.read_head()) return 0;  // the next GET /next
    }
  }
}
