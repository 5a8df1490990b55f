#include "emulator/rie.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "emulator/config/text.h"
#include "emulator/config/uuid.h"
#include "emulator/function/pool.h"
#include "emulator/function/report.h"
#include "emulator/function/runtime_files.h"
#include "emulator/function/runtime_tools.h"
#include "emulator/observe/log.h"
#include "emulator/package/base64.h"
#include "runtime_api/http_server.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;
using runtime_api::HttpExchange;
using runtime_api::HttpResponse;
using runtime_api::HttpServer;

constexpr std::string_view kPath = "/2015-03-31/functions/function/invocations";
constexpr const char* kTaskRoot = "/var/task";
constexpr std::uint16_t kPort = 8080;
constexpr std::uint16_t kRuntimeApiPort = 9001;
constexpr int kEnvironmentsMax = 10;
constexpr std::size_t kBodyBytesMax = 100u * 1024 * 1024;  // the emulator has no limit
// Of the emulator, whatever the account (rie handlers.go).
constexpr const char* kArnPrefix = "arn:aws:lambda:us-east-1:012345678912:function:";

std::string from_environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

int number_from_environment(const char* name, int otherwise, int max) {
  const auto text = from_environment(name, std::to_string(otherwise));
  const auto number = parse_integer(text);
  if (!number || *number < 1 || *number > max) {
    throw ConfigError(std::string(name) + " is '" + text +
                      "': it must be a whole number from 1 to " + std::to_string(max));
  }
  return static_cast<int>(*number);
}

// Docker and Podman say so; and who is process 1 is an entry point.
bool in_container() {
  std::error_code error;
  return ::getpid() == 1 || fs::exists("/.dockerenv", error) ||
         fs::exists("/run/.containerenv", error);
}

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

// "127.0.0.1:9001"; ":8080" is every address, as Go has it.
Address read_address(const char* flag, const std::string& text) {
  const auto colon = text.rfind(':');
  const auto port = colon == std::string::npos
                        ? std::nullopt
                        : parse_integer(std::string_view(text).substr(colon + 1));
  if (!port || *port < 0 || *port > 65'535)
    throw ConfigError(std::string(flag) + " " + text + ": it must be HOST:PORT");
  std::string host = text.substr(0, colon);
  if (host.empty()) host = "0.0.0.0";
  return {std::move(host), static_cast<std::uint16_t>(*port)};
}

// logrus's words, for those of ours.
std::string log_level(const RieCommand& command) {
  const auto level =
      command.log_level.empty() ? from_environment("LOG_LEVEL", "info") : command.log_level;
  if (level == "warning") return "warn";
  return level == "fatal" || level == "panic" ? "error" : level;
}

FunctionConfig function_of(const std::string& handler) {
  FunctionConfig function;
  function.name = from_environment("AWS_LAMBDA_FUNCTION_NAME", "test_function");
  function.version = from_environment("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
  function.memory_mb = number_from_environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 3'008, 1'000'000);
  function.timeout =
      std::chrono::seconds(number_from_environment("AWS_LAMBDA_FUNCTION_TIMEOUT", 300, 86'400));
  function.handler = handler;
  function.opt_dir = "/opt";
  function.where = "rie";
  return function;
}

fs::path find_bootstrap() {
  const std::array<fs::path, 3> candidates{fs::path(kTaskRoot) / "bootstrap", "/opt/bootstrap",
                                           "/var/runtime/bootstrap"};
  for (const auto& candidate : candidates) {
    if (is_executable_file(candidate)) return candidate;
  }
  throw ConfigError(
      "there is no /var/task/bootstrap, /opt/bootstrap or /var/runtime/bootstrap: name the program "
      "to start, for instance klambda rie python3 -m awslambdaric app.handler");
}

fs::path find_program(const std::string& name) {
  if (name.find('/') == std::string::npos) {
    if (auto found = find_on_path(name)) return *found;
    throw ConfigError("cannot start " + name + ": it is not on PATH, " + search_path());
  }
  if (!is_executable_file(name))
    throw ConfigError("cannot start " + name + ": there is no such executable file");
  return fs::absolute(name);
}

// All of klambda's own environment, as an image sets it, over what the emulator adds.
std::map<std::string, std::string> variables_of(const FunctionConfig& function) {
  std::map<std::string, std::string> variables{
      {"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/Functions"},
      {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", std::to_string(function.memory_mb)}};
  for (auto& [name, value] : own_environment()) variables[name] = std::move(value);
  variables["AWS_LAMBDA_FUNCTION_NAME"] = function.name;
  variables["AWS_LAMBDA_FUNCTION_VERSION"] = function.version;
  if (!function.handler.empty()) variables["_HANDLER"] = function.handler;
  return variables;
}

struct Start {
  FunctionConfig function;
  LaunchPlan plan;
};

Start read_start(const RieCommand& command) {
  Start start;
  auto& plan = start.plan;
  std::string handler =
      from_environment("AWS_LAMBDA_FUNCTION_HANDLER", from_environment("_HANDLER", ""));
  if (command.command.empty()) {
    plan.executable = find_bootstrap();
    plan.working_directory = kTaskRoot;
    std::error_code error;
    if (!fs::is_directory(kTaskRoot, error)) plan.working_directory = fs::current_path();
  } else {
    plan.executable = find_program(command.command.front());
    plan.arguments.assign(command.command.begin() + 1, command.command.end());
    plan.working_directory = fs::current_path();
    if (command.command.size() > 1) handler = command.command.back();
  }
  start.function = function_of(handler);
  start.function.code_dir = plan.working_directory;
  const auto variables = variables_of(start.function);
  plan.environment.assign(variables.begin(), variables.end());
  return start;
}

HttpResponse plain(unsigned status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

// What the emulator answers: an error of the handler is an answer like any other; a timeout is a
// text; a runtime that ended is a bad gateway.
HttpResponse to_response(Outcome&& outcome, std::chrono::seconds timeout) {
  HttpResponse response;
  switch (outcome.kind) {
    case Outcome::Kind::Success:
      break;
    case Outcome::Kind::FunctionError:
      if (outcome.error_type == kTimeoutType) return plain(200, timeout_text(timeout));
      if (outcome.executed_version.empty() || outcome.error_type == kExitType)
        response.status = 502;
      break;
    case Outcome::Kind::Throttled:
      return plain(429, "Too many invocations wait for an environment");
    case Outcome::Kind::ServiceError:
      response.status = 502;
      response.body =
          failure_payload(kEntrypointType, outcome.request_id, std::move(outcome.payload));
      return response;
    case Outcome::Kind::Cancelled:
      return plain(504, "");
  }
  response.body = std::move(outcome.payload);
  return response;
}

class Face {
 public:
  Face(Pool& pool, std::chrono::seconds timeout, std::string arn)
      : pool_(pool), timeout_(timeout), arn_(std::move(arn)) {}

  HttpResponse answer(HttpExchange& exchange) {
    if (exchange.path() != kPath) return plain(404, "404 page not found\n");
    const auto context = exchange.header("X-Amz-Client-Context").value_or("");
    auto decoded = base64_decode(context);
    if (!decoded) {
      log::error("Failed to decode X-Amz-Client-Context");
      return plain(500, "");
    }
    InvocationRequest request;
    const auto id = exchange.header("X-Amzn-RequestId").value_or("");
    request.request_id = id.empty() ? random_uuid() : std::string(id);
    request.client_context = *std::move(decoded);
    request.trace_id = exchange.header("X-Amzn-Trace-Id").value_or("");
    request.invoked_arn = arn_;
    request.payload = std::make_shared<const std::string>(exchange.take_body());
    pool_.invoke(std::move(request), [&exchange, timeout = timeout_](Outcome outcome) {
      exchange.respond(to_response(std::move(outcome), timeout));
    });
    exchange.wait(runtime_api::Peer::Ignored);
    return {};
  }

 private:
  Pool& pool_;
  const std::chrono::seconds timeout_;
  const std::string arn_;
};

std::unique_ptr<HttpServer> listen(const Address& address, const std::string& flag,
                                   HttpServer::Handler handler) {
  HttpServer::Options options;
  options.address = address.host;
  options.port = address.port;
  options.body_limit_bytes = kBodyBytesMax;
  try {
    return std::make_unique<HttpServer>(std::move(options), std::move(handler));
  } catch (const std::system_error& error) {
    throw ConfigError(flag + ": cannot listen on " + address.host + ":" +
                      std::to_string(address.port) + ": " + error.code().message());
  }
}

}  // namespace

int run_rie(const RieCommand& command, MainEvents& events) {
  log::initialise(log_level(command), log::Colour::Auto);
  log::show_function_alone();
  const Address address =
      command.address.empty()
          ? Address{in_container() ? "0.0.0.0" : "127.0.0.1", kPort}
          : read_address("--runtime-interface-emulator-address", command.address);
  Address runtime_api{"127.0.0.1", kRuntimeApiPort};
  if (!command.runtime_api_address.empty()) {
    runtime_api = read_address("--runtime-api-address", command.runtime_api_address);
    // One that somebody asked for and that is taken is said at once.
    if (runtime_api.port != 0)
      listen(runtime_api, "--runtime-api-address", [](HttpExchange&) { return HttpResponse(); });
  }
  auto start = read_start(command);
  Pool::Options options;
  options.max_environments = kEnvironmentsMax;
  options.logs.words = LogWords::Rie;
  options.own_tmp = false;  // an image has one
  options.runtime_api_address = runtime_api.host;
  options.runtime_api_port = runtime_api.port;
  const auto timeout = start.function.timeout;
  const std::string arn = kArnPrefix + start.function.name;
  Pool pool(
      std::move(start.function), [plan = start.plan] { return plan; }, options);
  Face face(pool, timeout, arn);
  const auto listener = listen(address, "--runtime-interface-emulator-address",
                               [&face](HttpExchange& exchange) { return face.answer(exchange); });
  log::info("{} serves {} at http://{}{}", "rie", start.plan.executable.string(),
            listener->host_and_port(), kPath);
  while (events.wait(std::nullopt) != Event::Interrupted) {
  }
  pool.stop();
  listener->stop();
  return 0;
}

}  // namespace emulator
