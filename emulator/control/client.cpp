#include "emulator/control/client.h"

#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <utility>
#include <variant>

#include "emulator/aws/endpoint.h"
#include "emulator/config/utc.h"
#include "emulator/control/query.h"
#include "emulator/package/base64.h"

namespace emulator {
namespace {

// The longest function timeout and some.
constexpr std::chrono::seconds kInvocationMax{960};
constexpr std::chrono::seconds kConnectMax{5};
constexpr int kForbidden = 403;

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

void add_signature(HttpCall& request, const Url& url) {
  const auto credentials = find_credentials(process_environment);
  if (!credentials) return;
  const auto mark = request.path.find('?');
  const SignableRequest signable{
      request.method,
      url.host_header(),
      request.path.substr(0, mark),
      query_pairs(mark == std::string::npos ? std::string_view()
                                            : std::string_view(request.path).substr(mark + 1)),
      request.headers,
      request.body};
  const auto made = sign(signable, *credentials, {kRegion, "lambda", epoch_ms_now() / 1'000});
  request.headers.insert(request.headers.end(), made.begin(), made.end());
}

}  // namespace

HttpAnswer ask_running_klambda(const std::string& host, std::uint16_t port, HttpCall request) {
  const Url url{Url::Scheme::Http, host, port, {}};
  add_signature(request, url);
  HttpLimits limits;
  limits.connect = kConnectMax;
  limits.answer = kInvocationMax;
  auto answer = call(url, std::move(request), {}, {}, limits);
  if (std::holds_alternative<NoAnswer>(answer)) {
    throw Unreachable("no klambda answers at " + url.text() +
                      ": start one with 'klambda start', or name its port with --port");
  }
  auto& given = std::get<HttpAnswer>(answer);
  if (given.status != kForbidden) return std::move(given);
  const bool about_key = given.header("x-amzn-ErrorType") != "AccessDeniedException";
  throw ConfigError("the klambda at " + url.text() + " refuses this: " + error_message(given.body) +
                    (about_key ? " Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the key of "
                                 "its --require-auth"
                               : ""));
}

std::string error_message(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return body;
  // It is spelt in either way.
  for (const auto* member : {"Message", "message"}) {
    if (const auto found = json.find(member); found != json.end() && found->is_string())
      return found->get<std::string>();
  }
  return body;
}

int run_invoke(const InvokeCommand& command) {
  auto path =
      "/2015-03-31/functions/" + percent_encode(command.function, Slashes::Encode) + "/invocations";
  if (!command.qualifier.empty())
    path += "?Qualifier=" + percent_encode(command.qualifier, Slashes::Encode);
  const auto answer =
      ask_running_klambda(command.host, command.port,
                          {"POST",
                           path,
                           {{"Content-Type", "application/json"},
                            {"X-Amz-Invocation-Type", command.event ? "Event" : "RequestResponse"},
                            {"X-Amz-Log-Type", command.log ? "Tail" : "None"}},
                           payload_of(command)});
  if (answer.status != 200 && answer.status != 202) {
    std::cerr << "klambda invoke: " << error_message(answer.body) << '\n';
    return answer.status == 404 || answer.status == 400 ? 2 : 1;
  }
  if (command.log)
    std::cerr << base64_decode(answer.header("X-Amz-Log-Result")).value_or("") << std::flush;
  std::cout << (command.event ? answer.header("x-amzn-RequestId") : answer.body) << '\n'
            << std::flush;
  const auto function_error = answer.header("X-Amz-Function-Error");
  if (function_error.empty()) return 0;
  std::cerr << "klambda invoke: " << command.function << " failed (" << function_error << ")\n";
  return 1;
}

std::string brokers_of_running_klambda(const std::string& host, std::uint16_t port) {
  const auto answer = ask_running_klambda(host, port, {"GET", "/_klambda/status", {}, {}});
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
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
