// The least that Beast can answer: "bare_beast BYTES" prints its port and answers every request on
// 127.0.0.1 with a body of that size, a thread a connection, synchronous reads and writes.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

void serve(asio::ip::tcp::socket socket, const std::string& body) {
  boost::beast::flat_buffer buffer;
  boost::beast::error_code error;
  while (!error) {
    http::request<http::string_body> request;
    http::read(socket, buffer, request, error);
    if (error) return;
    http::response<http::string_body> response(http::status::ok, request.version());
    response.set(http::field::content_type, "application/json");
    response.body() = body;
    response.prepare_payload();
    http::write(socket, response, error);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string body(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2, 'x');
  asio::io_context context(1);
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
  std::printf("%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  for (;;) {
    auto socket = acceptor.accept();
    socket.set_option(asio::ip::tcp::no_delay(true));
    std::thread([moved = std::move(socket), &body]() mutable {
      serve(std::move(moved), body);
    }).detach();
  }
}
