// What the tests of function/ share: a function that runs tests/support/raw_handler, and waiting
// for outcomes.
#pragma once

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/config/model.h"
#include "emulator/function/pool.h"
#include "emulator/function/runtimes.h"
#include "emulator/observe/log.h"
#include "tests/support/http_client.h"
#include "tests/support/temporary_directory.h"

namespace function_test {

using emulator::FunctionConfig;
using emulator::InvocationRequest;
using emulator::Outcome;
using emulator::Pool;
using test::eventually;
using test::kPatience;

inline FunctionConfig raw_function(const std::filesystem::path& code_dir) {
  FunctionConfig function;
  function.name = "Orders";
  function.handler = "app.handler";
  function.code_dir = code_dir;
  function.command = {KLAMBDA_RAW_HANDLER};
  function.where = "template.yaml:7";
  return function;
}

inline bool process_exists(pid_t pid) {
  if (::kill(pid, 0) != 0) return errno != ESRCH;
  // A zombie has ended, whoever is to reap it.
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const auto name_end = text.rfind(") ");
  return name_end != std::string::npos && text[name_end + 2] != 'Z';
}

// One function with its pool and scratch directory.
class Rig {
 public:
  explicit Rig(Pool::Options options = {})
      : options_(options), function_(raw_function(directory_.path())) {
    // Loggers are there before any thread, as in klambda: ThreadSanitizer does not see into
    // spdlog's library, and takes one that a thread makes for a race with the next thread's use.
    spdlog::default_logger();
  }

  FunctionConfig& function() { return function_; }
  const TemporaryDirectory& directory() const { return directory_; }
  Pool& pool() {
    if (!pool_) {
      pool_ = std::make_unique<Pool>(
          function_,
          [this] { return emulator::plan_launch(function_, emulator::Downloads::Forbidden); },
          options_);
    }
    return *pool_;
  }

  std::future<Outcome> invoke(std::string event, std::string id = {}) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    auto future = promise->get_future();
    InvocationRequest request;
    request.request_id = id.empty() ? "id-" + std::to_string(++ids_) : std::move(id);
    request.payload = std::make_shared<const std::string>(std::move(event));
    pool().invoke(std::move(request),
                  [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    return future;
  }

  // nullopt: no outcome in time.
  static std::optional<Outcome> wait(std::future<Outcome>& future) {
    if (future.wait_for(kPatience) != std::future_status::ready) return std::nullopt;
    return future.get();
  }

  Outcome call(std::string event, std::string id = {}) {
    auto future = invoke(std::move(event), std::move(id));
    auto outcome = wait(future);
    if (!outcome) throw std::runtime_error("no outcome in time");
    return *std::move(outcome);
  }

  std::string answer(std::string event) { return call(std::move(event)).payload; }
  pid_t pid() { return static_cast<pid_t>(std::atoi(answer("pid").c_str())); }

  // Result of a warm-up: nullopt is success.
  std::optional<Pool::InitFailure> warm_up() {
    auto promise = std::make_shared<std::promise<std::optional<Pool::InitFailure>>>();
    auto future = promise->get_future();
    pool().warm_up([promise](std::optional<Pool::InitFailure> failure) {
      promise->set_value(std::move(failure));
    });
    if (future.wait_for(kPatience) != std::future_status::ready)
      throw std::runtime_error("no warm-up in time");
    return future.get();
  }

 private:
  Pool::Options options_;
  TemporaryDirectory directory_;
  FunctionConfig function_;
  std::unique_ptr<Pool> pool_;
  int ids_ = 0;
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace function_test
