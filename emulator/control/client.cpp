#include "emulator/control/client.h"

#include <httplib.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

namespace emulator {
namespace {

constexpr time_t kInvocationSecondsMax = 960;  // the longest function timeout and some
constexpr time_t kConnectSecondsMax = 5;

std::unique_ptr<httplib::Client> connect(const std::string& host, std::uint16_t port) {
  auto client = std::make_unique<httplib::Client>(host, port);
  client->set_tcp_nodelay(true);
  client->set_keep_alive(false);
  client->set_connection_timeout(kConnectSecondsMax);
  client->set_read_timeout(kInvocationSecondsMax);
  client->set_write_timeout(kInvocationSecondsMax);
  return client;
}

[[noreturn]] void nobody_answers(const std::string& host, std::uint16_t port) {
  throw Unreachable("no klambda answers at http://" + host + ":" + std::to_string(port) +
                    ": start one with 'klambda start', or name its port with --port");
}

std::string read_all(std::istream& stream) {
  std::ostringstream text;
  text << stream.rdbuf();
  return std::move(text).str();
}

std::string payload_of(const InvokeCommand& command) {
  if (command.payload) return *command.payload;
  if (command.payload_file.empty()) return "{}";
  if (command.payload_file == "-") return read_all(std::cin);
  std::ifstream file(command.payload_file, std::ios::binary);
  if (!file) throw ConfigError("--payload-file: cannot read " + command.payload_file.string());
  return read_all(file);
}

// The message of an AWS error body, whichever way its member is spelt.
std::string error_message(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return body;
  for (const auto* member : {"Message", "message"}) {
    if (const auto found = json.find(member); found != json.end() && found->is_string())
      return found->get<std::string>();
  }
  return body;
}

}  // namespace

int run_invoke(const InvokeCommand& command) {
  const auto client = connect(command.host, command.port);
  const auto path = "/2015-03-31/functions/" + command.function + "/invocations";
  const auto result = client->Post(path.c_str(), payload_of(command), "application/json");
  if (!result) nobody_answers(command.host, command.port);
  if (result->status != 200) {
    std::cerr << "klambda invoke: " << error_message(result->body) << '\n';
    return result->status == 404 || result->status == 400 ? 2 : 1;
  }
  std::cout << result->body << '\n' << std::flush;
  if (result->has_header("X-Amz-Function-Error")) {
    std::cerr << "klambda invoke: " << command.function << " failed ("
              << result->get_header_value("X-Amz-Function-Error") << ")\n";
    return 1;
  }
  return 0;
}

std::string brokers_of_running_klambda(const std::string& host, std::uint16_t port) {
  const auto client = connect(host, port);
  const auto result = client->Get("/_klambda/status");
  if (!result) nobody_answers(host, port);
  const auto json = nlohmann::json::parse(result->body, nullptr, false);
  const auto brokers = json.is_object() && json.contains("kafka") && json["kafka"].is_object()
                           ? json["kafka"].value("bootstrapServers", std::string())
                           : std::string();
  if (brokers.empty()) {
    throw ConfigError("the klambda at http://" + host + ":" + std::to_string(port) +
                      " uses no Kafka: name the brokers with --kafka HOST:PORT");
  }
  return brokers;
}

}  // namespace emulator
