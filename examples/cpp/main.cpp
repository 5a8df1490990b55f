// Handles orders from a Kafka topic: charges each one's card and prints a line. It talks to
// Lambda's Runtime API itself, over one plain socket; its JSON library is a header, so the binary
// needs nothing but the C library.
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

using nlohmann::json;

struct PaymentDeclined : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::set<int>
    declined;  // orders whose card was declined; lives as long as the execution environment

void charge(const json& order) {
  const int id = order.at("id");
  if (order.at("card") == "declined-once" && declined.insert(id).second) {
    throw PaymentDeclined("order " + std::to_string(id) +
                          ": the payment gateway declined the card");
  }
}

std::string base64_decode(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (const char character : text) {
    const auto digit = kAlphabet.find(character);
    if (digit == std::string_view::npos) break;  // the padding
    buffer = buffer << 6 | static_cast<unsigned>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(buffer >> bits & 0xff);
    }
  }
  return bytes;
}

void handle(const json& event) {
  for (const auto& [partition, records] : event.at("records").items()) {
    for (const auto& record : records) {
      const auto order = json::parse(base64_decode(record.at("value").get<std::string>()));
      charge(order);
      std::cout << "order " << order.at("id") << " (" << partition << " @ " << record.at("offset")
                << "): " << order.at("item").get<std::string>() << " for "
                << order.at("customer").get<std::string>() << ", " << order.at("amount")
                << std::endl;
    }
  }
}

// One kept-open HTTP connection to the Runtime API.
class Connection {
 public:
  struct Response {
    std::string request_id;
    std::string body;
  };

  explicit Connection(const std::string& address) : host_(address) {
    const auto colon = address.rfind(':');
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &hints,
                    &found) != 0) {
      throw std::runtime_error("cannot resolve " + address);
    }
    socket_ = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    const bool connected = connect(socket_, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    if (!connected) throw std::runtime_error("cannot connect to " + address);
  }
  ~Connection() { close(socket_); }

  Response request(const std::string& method, const std::string& path, const std::string& body) {
    send_all(method + " /2018-06-01/runtime/" + path + " HTTP/1.1\r\nHost: " + host_ +
             "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    while (input_.find("\r\n\r\n") == std::string::npos) receive();
    const auto header_end = input_.find("\r\n\r\n") + 4;
    const auto head = input_.substr(0, header_end);
    const auto length = header(head, "content-length");
    const auto total = header_end + (length.empty() ? 0 : std::stoul(length));
    while (input_.size() < total) receive();
    Response response{header(head, "lambda-runtime-aws-request-id"),
                      input_.substr(header_end, total - header_end)};
    input_.erase(0, total);
    return response;
  }

 private:
  void send_all(std::string_view text) {
    while (!text.empty()) {
      const auto sent = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) throw std::runtime_error("the Runtime API went away");
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void receive() {
    char buffer[65536];
    const auto count = recv(socket_, buffer, sizeof buffer, 0);
    if (count <= 0) throw std::runtime_error("the Runtime API went away");
    input_.append(buffer, static_cast<std::size_t>(count));
  }

  static std::string header(const std::string& head, const std::string& name) {
    std::string lower = head;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const auto start = lower.find("\r\n" + name + ":");
    if (start == std::string::npos) return "";
    const auto value = head.find_first_not_of(' ', start + name.size() + 3);
    return head.substr(value, head.find("\r\n", value) - value);
  }

  std::string host_;
  int socket_ = -1;
  std::string input_;
};

int main() {
  Connection api(std::getenv("AWS_LAMBDA_RUNTIME_API"));
  for (;;) {
    const auto next = api.request("GET", "invocation/next", "");
    const auto invocation = "invocation/" + next.request_id;
    try {
      handle(json::parse(next.body));
      api.request("POST", invocation + "/response", "null");
    } catch (const PaymentDeclined& error) {
      api.request("POST", invocation + "/error",
                  json{{"errorType", "PaymentDeclined"}, {"errorMessage", error.what()}}.dump());
    } catch (const std::exception& error) {
      api.request("POST", invocation + "/error",
                  json{{"errorType", "Error"}, {"errorMessage", error.what()}}.dump());
    }
  }
}
