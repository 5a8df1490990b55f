// What the tests of the dispatcher share: a catalog whose functions run tests/support/raw_handler.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/dispatcher.h"
#include "emulator/catalog/template_function.h"
#include "emulator/config/uuid.h"
#include "tests/unit/function/function_rig.h"

namespace catalog_test {

using emulator::ApiError;
using emulator::Dispatcher;
using emulator::Function;
using emulator::FunctionCatalog;
using emulator::FunctionConfig;
using emulator::FunctionVersion;
using emulator::InvocationRequest;
using emulator::Outcome;
using Kind = emulator::Outcome::Kind;

class Rig {
 public:
  explicit Rig(int max_concurrency = 10)
      : dispatcher_(catalog_, {max_concurrency, [this](const FunctionConfig& function) {
                                 ++plans_;
                                 return emulator::plan_launch(function,
                                                              emulator::Downloads::Forbidden);
                               }}) {}

  FunctionCatalog& catalog() { return catalog_; }
  Dispatcher& dispatcher() { return dispatcher_; }
  const TemporaryDirectory& directory() const { return directory_; }
  int plans() const { return plans_; }  // how often a start was planned

  Function function(const std::string& name) const {
    auto config = function_test::raw_function(directory_.path());
    config.name = name;
    return emulator::from_template(config);
  }
  void add(const Function& function) {
    catalog_.change(function.name(), [&](const Function*) { return function; });
  }
  void remove(const std::string& name) {
    catalog_.change(name, [](const Function*) { return std::nullopt; });
  }
  template <class Edit>
  void change(const std::string& name, const Edit& edit) {
    catalog_.change(name, [&](const Function* present) {
      Function next = *present;
      edit(next);
      return next;
    });
  }
  // What $LATEST's processes find in MARK from now on.
  void deploy(const std::string& name, const std::string& mark) {
    change(name, [&](Function& next) {
      next.latest.config.environment["MARK"] = mark;
      next.latest.deployment_id = emulator::random_uuid();
    });
  }
  // $LATEST as it is becomes this version.
  void publish(const std::string& name, int number) {
    change(name, [&](Function& next) {
      FunctionVersion version = next.latest;
      version.version = version.config.version = std::to_string(number);
      next.versions[number] = std::move(version);
    });
  }

  std::future<Outcome> invoke(const std::string& name, const std::string& qualifier,
                              std::string event) {
    const auto target = dispatcher_.resolve(name, qualifier);
    auto [request, promise] = prepared(std::move(event));
    dispatcher_.invoke(target, std::move(request),
                       [promise = promise](Outcome outcome) { promise->set_value(outcome); });
    return promise->get_future();
  }
  Outcome call(const std::string& name, const std::string& qualifier, std::string event) {
    return wait(invoke(name, qualifier, std::move(event)));
  }
  Outcome call(emulator::Invoker& invoker, std::string event) {
    auto [request, promise] = prepared(std::move(event));
    invoker.invoke(std::move(request),
                   [promise = promise](Outcome outcome) { promise->set_value(outcome); });
    return wait(promise->get_future());
  }
  static Outcome wait(std::future<Outcome> future) {
    if (future.wait_for(function_test::kPatience) != std::future_status::ready)
      throw std::runtime_error("no outcome in time");
    return future.get();
  }

 private:
  using Promise = std::shared_ptr<std::promise<Outcome>>;
  std::pair<InvocationRequest, Promise> prepared(std::string event) {
    InvocationRequest request;
    request.request_id = "id-" + std::to_string(++ids_);
    request.payload = std::make_shared<const std::string>(std::move(event));
    return {std::move(request), std::make_shared<std::promise<Outcome>>()};
  }

  std::atomic<int> ids_ = 0;
  std::atomic<int> plans_ = 0;
  TemporaryDirectory directory_;
  FunctionCatalog catalog_;
  Dispatcher dispatcher_;
};

}  // namespace catalog_test
