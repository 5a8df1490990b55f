#include "emulator/catalog/deployer.h"

#include <optional>
#include <utility>
#include <vector>

#include "emulator/catalog/function_changes.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

std::vector<const FunctionVersion*> deploying_versions(const Function& function) {
  std::vector<const FunctionVersion*> versions;
  if (function.latest.deployment.under_way()) versions.push_back(&function.latest);
  for (const auto& [number, version] : function.versions) {
    if (version.deployment.under_way()) versions.push_back(&version);
  }
  return versions;
}

}  // namespace

Deployer::Deployer(FunctionCatalog& catalog, Prepare prepare)
    : catalog_(catalog), prepare_(std::move(prepare)), thread_([this] { run(); }) {
  catalog_.listen([this](const auto&, const FunctionCatalog::Snapshot& after) {
    if (after && !deploying_versions(*after).empty()) add(after->name());
  });
}

Deployer::~Deployer() {
  stop();
}

void Deployer::resume() {
  for (const auto& function : catalog_.all()) {
    if (!deploying_versions(*function).empty()) add(function->name());
  }
}

void Deployer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Deployer::add(const std::string& function) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(function);
  }
  changed_.notify_all();
}

void Deployer::run() {
  for (;;) {
    std::string function;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      function = std::move(queue_.front());
      queue_.pop_front();
    }
    deploy(function);
  }
}

void Deployer::deploy(const std::string& function) {
  const auto snapshot = catalog_.find(function);
  if (!snapshot) return;
  for (const auto* version : deploying_versions(*snapshot)) deploy(function, *version);
}

void Deployer::deploy(const std::string& function, const FunctionVersion& version) {
  std::optional<DeploymentFailure> failure;
  try {
    prepare_(version);
  } catch (const ConfigError& error) {
    failure = {error.what(), "InvalidConfiguration"};
  } catch (const std::exception& error) {
    failure = {error.what(), "InternalError"};
  }
  if (failure) {
    log::error("[{}] version {} cannot run: {}", function, version.version, failure->reason);
  }
  try {
    catalog_.change(function, [&](const Function* present) -> std::optional<Function> {
      if (present == nullptr) return std::nullopt;
      return deployed(*present, version.version, version.deployment_id, failure);
    });
  } catch (const std::exception& error) {  // the store
    log::error("[{}] version {} stays {}: {}", function, version.version, version.deployment.state,
               error.what());
  }
}

}  // namespace emulator
