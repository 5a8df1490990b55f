// An external extension of the tests' own. It does what the variable EXT_<its file name> says,
// parts separated by ';':
//   events=INVOKE,SHUTDOWN   what it subscribes to (default: both)
//   telemetry=PORT TYPES     subscribes to these types, sent to this port
//   logs=PORT TYPES          the same of the Logs API
//   start=exit 3 | hang | init-error | print TEXT
//   invoke=exit 3 | sleep MS | exit-error | print TEXT
//   shutdown=ignore | print TEXT
// Every event that it gets stands as one line in the file EXT_DIR/<its name>; it makes the file
// EXT_DIR/<its name>.subscribed when its subscriptions stand.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <sstream>
#include <string>
#include <thread>

#include "tests/support/http_client.h"

namespace {

const std::string kBase = "/2020-01-01/extension";

std::string variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? value : "";
}

void write_line(int fd, const std::string& text) {
  const std::string line = text + "\n";
  if (::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::exit(95);
}

class Extension {
 public:
  Extension(std::string name, std::uint16_t port)
      : name_(std::move(name)), spec_(variable("EXT_" + name_)), http_(port) {
    events_ = own_file("");
  }

  void run() {
    if (spec("start").starts_with("exit") || spec("start") == "hang") act(spec("start"));
    enlist();
    subscribe("telemetry", "/2022-07-01/telemetry", "2022-12-13");
    subscribe("logs", "/2020-08-15/logs", "2021-03-18");
    ::close(own_file(".subscribed"));
    act(spec("start"));
    for (;;) {
      const auto event = http_.request("GET", kBase + "/event/next", {}, identifier_);
      if (event.status != 200) std::exit(98);
      write_line(events_, event.body);
      const bool invoke = event.body.find("\"INVOKE\"") != std::string::npos;
      act(spec(invoke ? "invoke" : "shutdown"));
      if (!invoke && spec("shutdown") != "ignore") std::exit(0);
    }
  }

 private:
  int own_file(const std::string& suffix) const {
    const std::string path = variable("EXT_DIR") + "/" + name_ + suffix;
    const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (fd == -1) std::exit(96);
    return fd;
  }

  // "exit 3" of the part "invoke=exit 3".
  std::string spec(const std::string& part) const {
    std::istringstream parts(spec_);
    for (std::string each; std::getline(parts, each, ';');)
      if (each.starts_with(part + "=")) return each.substr(part.size() + 1);
    return {};
  }

  void enlist() {
    std::string events = spec("events");
    if (spec_.find("events=") == std::string::npos) events = "INVOKE,SHUTDOWN";
    std::string list;
    std::istringstream names(events);
    for (std::string each; std::getline(names, each, ',');)
      list += (list.empty() ? "\"" : ",\"") + each + "\"";
    const auto reply = http_.request("POST", kBase + "/register", "{\"events\":[" + list + "]}",
                                     "Lambda-Extension-Name: " + name_ + "\r\n");
    if (reply.status != 200) std::exit(97);
    identifier_ =
        "Lambda-Extension-Identifier: " + reply.header("Lambda-Extension-Identifier") + "\r\n";
  }

  void subscribe(const std::string& part, const std::string& path, const std::string& schema) {
    std::istringstream words(spec(part));
    std::string port;
    std::string types;
    if (!(words >> port >> types)) return;
    std::string list;
    std::istringstream names(types);
    for (std::string each; std::getline(names, each, ',');)
      list += (list.empty() ? "\"" : ",\"") + each + "\"";
    const auto reply = http_.request(
        "PUT", path,
        R"({"schemaVersion":")" + schema + R"(","types":[)" + list +
            R"(],"buffering":{"maxItems":1000,"timeoutMs":25},"destination":{"protocol":"HTTP",)" +
            R"("URI":"http://sandbox.localdomain:)" + port + R"(/telemetry"}})",
        identifier_);
    if (reply.status != 200) std::exit(94);
  }

  void act(const std::string& what) {
    std::istringstream words(what);
    std::string word;
    std::string rest;
    words >> word;
    std::getline(words >> std::ws, rest);
    if (word == "exit") std::exit(std::atoi(rest.c_str()));
    if (word == "print") write_line(STDOUT_FILENO, rest);
    if (word == "sleep")
      std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(rest.c_str())));
    if (word == "hang")
      for (;;) ::pause();
    if (word == "init-error" || word == "exit-error") {
      http_.request("POST", kBase + (word == "init-error" ? "/init/error" : "/exit/error"), "{}",
                    identifier_ + "Lambda-Extension-Function-Error-Type: Extension.NoKey\r\n");
      std::exit(1);
    }
  }

  const std::string name_;
  const std::string spec_;
  test::HttpClient http_;
  std::string identifier_;
  int events_ = -1;
};

}  // namespace

int main(int, char** argv) {
  try {
    const auto api = variable("AWS_LAMBDA_RUNTIME_API");
    const auto port = static_cast<std::uint16_t>(std::atoi(api.substr(api.rfind(':') + 1).c_str()));
    Extension(std::filesystem::path(argv[0]).filename().string(), port).run();
  } catch (const std::exception& error) {
    return 93;
  }
}
