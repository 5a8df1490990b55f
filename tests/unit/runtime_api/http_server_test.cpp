// What the HTTP server says to clients that behave, and to those that send nonsense.
#include "runtime_api/http_server.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>

#include "tests/support/catch.h"
#include "tests/support/http_client.h"

using namespace runtime_api;
using test::HttpClient;
using test::HttpReply;

namespace {

HttpResponse text(std::string body) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

// Answers with what it saw of the request.
HttpResponse describe(HttpExchange& exchange) {
  std::string seen(exchange.method());
  seen.append(" ").append(exchange.path()).append(" ?").append(exchange.query());
  seen.append(" x=").append(exchange.header("x-test").value_or("-"));
  seen.append(" body=").append(exchange.take_body());
  return text(std::move(seen));
}

HttpResponse header_length(HttpExchange& exchange) {
  const auto value = exchange.header("Lambda-Runtime-Function-XRay-Error-Cause");
  if (!value) return text("absent");
  for (const char c : *value) {
    if (c != '\xc3') return text("changed");
  }
  return text(std::to_string(value->size()));
}

}  // namespace

TEST_CASE("a request's method, path, query, headers and body reach the handler") {
  HttpServer server({}, describe);
  HttpClient client(server.port());
  const HttpReply reply = client.request("POST", "/a/b?c=d&e", "hello", "X-TEST: v \r\n");
  CHECK(reply.status == 200);
  CHECK(reply.header("Content-Type") == "text/plain");
  CHECK(reply.header("Connection").empty());
  CHECK(reply.body == "POST /a/b ?c=d&e x=v body=hello");
  CHECK(client.request("GET", "/").body == "GET / ? x=- body=");
  CHECK(client.request("PURGE", "/x").body == "PURGE /x ? x=- body=");
  CHECK(server.host_and_port() == "127.0.0.1:" + std::to_string(server.port()));
}

TEST_CASE("HEAD gets the head alone") {
  HttpServer server({}, describe);
  HttpClient client(server.port());
  const HttpReply head = client.request("HEAD", "/");
  CHECK(head.status == 200);
  CHECK(head.header("Content-Length") == std::to_string(std::string("HEAD / ? x=- body=").size()));
  CHECK(client.request("GET", "/").body == "GET / ? x=- body=");
}

TEST_CASE("pipelined requests are answered in order") {
  HttpServer server({}, describe);
  HttpClient client(server.port());
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nContent-Length: 2\r\n\r\nab";
  }
  client.send(requests);
  for (int i = 0; i < 50; ++i) {
    CHECK(client.read_reply().body == "POST /" + std::to_string(i) + " ? x=- body=ab");
  }
}

TEST_CASE("a request that arrives byte by byte is read") {
  HttpServer server({}, describe);
  HttpClient client(server.port());
  for (const char c :
       std::string("POST /p HTTP/1.1\r\nX-Test: 1\r\nContent-Length: 3\r\n\r\nabc")) {
    client.send(std::string(1, c));
  }
  CHECK(client.read_reply().body == "POST /p ? x=1 body=abc");
}

TEST_CASE("chunked bodies, chunk extensions and trailers are read") {
  HttpServer server({}, describe);
  HttpClient client(server.port());
  const std::string head = "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n";
  client.send(head + "Trailer: X-Test\r\n\r\n");
  client.send_chunk("hello ");
  client.send_chunk("world");
  client.send_chunk("");
  client.send("X-Test: trailer\r\n\r\n");
  CHECK(client.read_reply().body == "POST /c ? x=trailer body=hello world");

  SECTION("a trailer does not override a header") {
    client.send(head + "X-Test: header\r\n\r\n0\r\nX-Test: trailer\r\n\r\n");
    CHECK(client.read_reply().body == "POST /c ? x=header body=");
  }
  SECTION("announced trailers may be absent, and announced in two lines") {
    client.send(head + "Trailer: A\r\nTrailer: B\r\n\r\n3;ext=1\r\nabc\r\n0\r\n\r\n");
    CHECK(client.read_reply().body == "POST /c ? x=- body=abc");
  }
  SECTION("a pipelined request behind the trailers is served") {
    client.send(head + "\r\n1\r\na\r\n0\r\nX-Test: t\r\n\r\nGET /g HTTP/1.1\r\n\r\n");
    CHECK(client.read_reply().body == "POST /c ? x=t body=a");
    CHECK(client.read_reply().body == "GET /g ? x=- body=");
  }
}

TEST_CASE("large bodies pass unchanged, with a length and chunked") {
  HttpServer server({}, [](HttpExchange& exchange) { return text(exchange.take_body()); });
  HttpClient client(server.port());
  std::string body(5'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 251);
  CHECK((client.request("POST", "/", body).body == body));
  client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t at = 0; at < body.size(); at += 30'000) {
    client.send_chunk(std::string_view(body).substr(at, 30'000));
  }
  client.send_chunk("");
  client.send("\r\n");
  CHECK((client.read_reply().body == body));
  CHECK(client.request("POST", "/", "small").body == "small");
}

TEST_CASE("shared bytes and header values leave as they should") {
  const auto shared = std::make_shared<const std::string>("shared bytes");
  HttpServer server({}, [&](HttpExchange& exchange) {
    HttpResponse response;
    response.shared_body = shared;
    response.headers.emplace_back("X-Json", "{\n\"a\":1}\r\nX-Evil: 1");
    if (exchange.path() == "/204") response.status = 204;
    return response;
  });
  HttpClient client(server.port());
  const HttpReply reply = client.request("GET", "/");
  CHECK(reply.body == "shared bytes");
  CHECK(reply.header("X-Json") == "{ \"a\":1}  X-Evil: 1");
  CHECK(reply.header("X-Evil").empty());
  const HttpReply empty = client.request("GET", "/204");
  CHECK(empty.status == 204);
  CHECK(empty.header("Content-Length").empty());
  CHECK(client.request("GET", "/").body == "shared bytes");
}

TEST_CASE("Expect: 100-continue is answered before the body is sent") {
  HttpServer server({}, describe);
  HttpClient client(server.port());
  client.send("POST /e HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  CHECK(client.read_head().status == 100);
  client.send("data");
  CHECK(client.read_reply().body == "POST /e ? x=- body=data");
  client.send("POST /e HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(client.read_head().status == 100);
  client.send("0\r\n\r\n");
  CHECK(client.read_reply().body == "POST /e ? x=- body=");
}

TEST_CASE("a header of 64 KB with bytes above 0x7f is read") {
  HttpServer server({}, header_length);
  HttpClient client(server.port());
  const std::string value(64 * 1024, '\xc3');
  const auto reply = client.request("POST", "/", "x",
                                    "Lambda-Runtime-Function-XRay-Error-Cause: " + value + "\r\n");
  CHECK(reply.body == std::to_string(value.size()));
}

TEST_CASE("a request that is none gets a 400 and the connection is closed") {
  HttpServer server({}, describe);
  for (const std::string bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    INFO(bytes);
    HttpClient client(server.port());
    client.send(bytes);
    const HttpReply reply = client.read_reply();
    CHECK(reply.status == 400);
    CHECK(reply.header("Connection") == "close");
    CHECK(client.closed_by_server());
  }
  CHECK(HttpClient(server.port()).request("GET", "/").status == 200);
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection after the answer") {
  HttpServer server({}, describe);
  HttpClient client(server.port());
  CHECK(client.request("GET", "/", "", "Connection: close\r\n").header("Connection") == "close");
  CHECK(client.closed_by_server());
  HttpClient old(server.port());
  old.send("GET /old HTTP/1.0\r\n\r\n");
  CHECK(old.read_reply().body == "GET /old ? x=- body=");
  CHECK(old.closed_by_server());
}

TEST_CASE("a handler that throws costs a 500, not the connection") {
  HttpServer server({}, [](HttpExchange& exchange) -> HttpResponse {
    if (exchange.path() == "/throw") throw std::runtime_error("broken");
    return text("fine");
  });
  HttpClient client(server.port());
  const HttpReply reply = client.request("POST", "/throw", "x");
  CHECK(reply.status == 500);
  CHECK(reply.body ==
        R"({"errorMessage":"Internal Server Error","errorType":"InternalServerError"})");
  CHECK(client.request("GET", "/").body == "fine");
}

TEST_CASE("a port that is taken is an error that names the address") {
  HttpServer first({}, describe);
  HttpServer::Options options;
  options.port = first.port();
  try {
    HttpServer second(options, describe);
    FAIL("the second server bound a port that is taken");
  } catch (const std::system_error& error) {
    CHECK(error.code() == std::errc::address_in_use);
    CHECK(std::string(error.what()).find(first.host_and_port()) != std::string::npos);
  }
  options.address = "203.0.113.1";
  CHECK_THROWS_AS(HttpServer(options, describe), std::system_error);
}

TEST_CASE("no descriptor of the server is inherited by a child process") {
  HttpServer server({}, describe);
  HttpClient client(server.port());
  CHECK(client.request("GET", "/").status == 200);
  int sockets = 0;
  for (int fd = 3; fd < 256; ++fd) {
    int type = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) continue;
    ++sockets;
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(sockets >= 3);  // listener, client, accepted
}

TEST_CASE("an IPv6 address is bracketed") {
  HttpServer::Options options;
  options.address = "::1";
  try {
    HttpServer server(options, describe);
    CHECK(server.host_and_port() == "[::1]:" + std::to_string(server.port()));
  } catch (const std::system_error& error) {
    // A machine without IPv6 refuses with just these.
    CHECK((error.code() == std::errc::address_not_available ||
           error.code() == std::errc::address_family_not_supported));
  }
}
