// A runtime of the tests' own that does what the event says, word by word: the payload "print 3"
// prints three lines and answers "done". How its init goes is said by the variable INIT in the
// same words. Of managed instances it has as many workers as it may have, or as WORKERS says: each
// is a thread that does the same.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/http_client.h"

namespace {

constexpr const char* kRuntime = "/2018-06-01/runtime";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

void print(const std::string& text) {
  for (std::string_view rest = text; !rest.empty();) {
    const auto written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written <= 0) std::exit(99);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void sleep_ms(const std::string& milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(milliseconds.c_str())));
}

// Until the test has made the file.
void await_file(const std::string& path) {
  while (::access(path.c_str(), F_OK) != 0) sleep_ms("2");
}

// Until so many invocations have come here.
void meet(int invocations) {
  static std::atomic<int> met{0};
  ++met;
  while (met < invocations) sleep_ms("1");
}

// The statuses that the last answer got which was posted twice.
class Statuses {
 public:
  void set(int first, int second) {
    const std::lock_guard lock(mutex_);
    text_ = std::to_string(first) + " " + std::to_string(second);
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

Statuses& statuses() {
  static auto* const the_statuses = new Statuses;  // outlives every worker
  return *the_statuses;
}

// A child in the handler's own group that would live for ever.
std::string spawn_child() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (;;) ::pause();
  }
  return std::to_string(pid);
}

// "0 1 2": the descriptors that are open.
std::string open_descriptors() {
  std::string list;
  for (int fd = 0; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) list += (list.empty() ? "" : " ") + std::to_string(fd);
  }
  return list;
}

std::string blocked_signals() {
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  struct sigaction pipe {};
  ::sigaction(SIGPIPE, nullptr, &pipe);
  return std::string(::sigismember(&mask, SIGTERM) == 1 ? "blocked" : "open") +
         (pipe.sa_handler == SIG_DFL ? " default" : " ignored");
}

// The exchange of one event; false: the runtime shall end after this answer.
class Runtime {
 public:
  explicit Runtime(std::uint16_t port) : http_(port) {}

  void init(const std::string& what) {
    std::istringstream words(what);
    std::string word;
    std::string rest;
    words >> word;
    std::getline(words >> std::ws, rest);
    if (word == "error") {
      print("cannot import\n");
      http_.request("POST", std::string(kRuntime) + "/init/error",
                    R"({"errorMessage":"no module app",)"
                    R"("errorType":"Runtime.ImportModuleError","requestId":""})",
                    "Lambda-Runtime-Function-Error-Type: Runtime.ImportModuleError\r\n");
      if (rest == "stay") ::pause();
      std::exit(1);
    }
    end_as(word, rest);
    if (word == "hang-once") hang_once(rest);
    if (word == "print") print(rest + "\n");
  }

  bool serve_one() {
    const auto event = http_.request("GET", std::string(kRuntime) + "/invocation/next");
    if (event.status != 200) std::exit(98);
    id_ = event.header("Lambda-Runtime-Aws-Request-Id");
    std::istringstream words(event.body);
    std::string word;
    std::string rest;
    words >> word;
    std::getline(words >> std::ws, rest);
    end_as(word, rest);
    if (word == "fail") {
      post("error", R"({"errorMessage":"no stock","errorType":"OutOfStock"})");
      return true;
    }
    const int status = post("response", answer_to(word, rest, event));
    if (word == "await-twice") statuses().set(status, post("response", "again"));
    if (word == "answer-then-exit") std::exit(std::atoi(rest.c_str()));
    if (word == "answer-then-hang") ::pause();
    if (word == "answer-then-print") print("after the answer\n");
    return true;
  }

 private:
  std::string answer_to(const std::string& word, const std::string& rest,
                        const test::HttpReply& event) {
    if (word == "sleep") sleep_ms(rest);
    if (word == "await" || word == "await-twice") await_file(rest);
    if (word == "meet") meet(std::atoi(rest.c_str()));
    if (word == "statuses") return statuses().text();
    if (word == "print") {
      for (int line = 1; line <= std::atoi(rest.c_str()); ++line)
        print("line " + std::to_string(line) + "\n");
    }
    if (word == "partial") print("whole\r\nno newline at the end");
    if (word == "long")
      print(std::string(static_cast<std::size_t>(std::atoi(rest.c_str())), 'x') + "\n");
    if (word == "stderr") {
      print("one\n");
      [[maybe_unused]] const auto written = ::write(STDERR_FILENO, "two\n", 4);
      print("three\n");
    }
    if (word == "env") return variable(rest.c_str());
    if (word == "header") return event.header(rest);
    if (word == "pid") return std::to_string(::getpid());
    if (word == "child") return spawn_child();
    if (word == "descriptors") return open_descriptors();
    if (word == "signals") return blocked_signals();
    if (word == "big") return std::string(static_cast<std::size_t>(std::atoi(rest.c_str())), 'y');
    if (word == "stdin") {
      char byte = 0;
      return std::to_string(::read(STDIN_FILENO, &byte, 1));
    }
    if (word == "cwd") {
      char path[4096];
      return ::getcwd(path, sizeof path) != nullptr ? path : "";
    }
    return word == "echo" ? rest : "done";
  }

  void end_as(const std::string& word, const std::string& rest) {
    if (word == "exit") std::exit(std::atoi(rest.c_str()));
    if (word == "await-exit") {
      await_file(rest);
      std::exit(3);
    }
    if (word == "signal") ::kill(::getpid(), std::atoi(rest.c_str()));
    if (word == "hang") {
      std::ofstream(variable("HANG_FILE")) << ::getpid();
      for (;;) ::pause();
    }
  }

  // The first process to come hangs, the others do not.
  static void hang_once(const std::string& marker) {
    const int fd = ::open(marker.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (fd == -1) return;
    for (;;) ::pause();
  }

  int post(const std::string& kind, const std::string& body) {
    return http_.request("POST", std::string(kRuntime) + "/invocation/" + id_ + "/" + kind, body)
        .status;
  }

  test::HttpClient http_;
  std::string id_;
};

void serve(Runtime& runtime) {
  try {
    while (runtime.serve_one()) {
    }
  } catch (const std::exception& error) {
    print(std::string("raw_handler: ") + error.what() + "\n");
    std::exit(97);
  }
}

int number_of_workers() {
  for (const char* name : {"WORKERS", "AWS_LAMBDA_MAX_CONCURRENCY"}) {
    if (const auto text = variable(name); !text.empty()) return std::atoi(text.c_str());
  }
  return 1;
}

}  // namespace

int main() {
  const auto api = variable("AWS_LAMBDA_RUNTIME_API");
  const auto port = static_cast<std::uint16_t>(std::atoi(api.substr(api.rfind(':') + 1).c_str()));
  Runtime runtime(port);
  runtime.init(variable("INIT"));
  std::vector<std::thread> others;
  for (int i = 1; i < number_of_workers(); ++i) {
    others.emplace_back([port] {
      Runtime another(port);
      serve(another);
    });
  }
  serve(runtime);
}
