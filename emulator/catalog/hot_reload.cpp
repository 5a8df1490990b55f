#include "emulator/catalog/hot_reload.h"

#include <utility>

#include "emulator/config/uuid.h"
#include "emulator/function/python_bytecode.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

bool runs_from(const FunctionVersion& version, const std::filesystem::path& directory) {
  return version.code.kind == FunctionCode::Kind::Directory && version.code.directory == directory;
}

}  // namespace

HotReload::HotReload(FunctionCatalog& catalog)
    : catalog_(catalog), watch_([this](const auto& directory) { deploy(directory); }) {
  const auto look_at = [this](const FunctionCatalog::Snapshot& function) {
    const std::lock_guard lock(mutex_);
    changed_.insert(function->name());
    changes_.notify_all();
  };
  catalog.listen(
      [look_at](const auto& before, const auto& after) { look_at(after ? after : before); });
  for (const auto& function : catalog.all()) look_at(function);
  thread_ = std::thread([this] { run(); });
}

HotReload::~HotReload() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changes_.notify_all();
  thread_.join();
}

void HotReload::ensure_watched(const std::string& function) {
  std::unique_lock lock(mutex_);
  changed_.insert(function);
  changes_.notify_all();
  changes_.wait(
      lock, [&] { return stopping_ || (!changed_.contains(function) && following_ != function); });
}

void HotReload::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changes_.wait(lock, [this] { return stopping_ || !changed_.empty(); });
    if (stopping_) return;
    following_ = std::move(changed_.extract(changed_.begin()).value());
    lock.unlock();
    follow(following_);
    lock.lock();
    following_.clear();
    changes_.notify_all();
  }
}

HotReload::Directories HotReload::directories_of(const FunctionCatalog::Snapshot& function) {
  Directories directories;
  const auto add = [&](const FunctionVersion& version) {
    if (version.code.kind == FunctionCode::Kind::Directory)
      directories.insert(version.code.directory);
  };
  if (function == nullptr) return directories;
  add(function->latest);
  for (const auto& [number, version] : function->versions) add(version);
  return directories;
}

void HotReload::follow(const std::string& name) {
  auto now = directories_of(catalog_.find(name));
  auto& watched = watched_[name];
  for (const auto& directory : now) {
    if (!watched.contains(directory)) watch_.watch(directory);
  }
  for (const auto& directory : watched) {
    if (!now.contains(directory)) watch_.unwatch(directory);
  }
  watched = std::move(now);
  if (watched.empty()) watched_.erase(name);
}

void HotReload::deploy(const std::filesystem::path& directory) {
  for (const auto& function : catalog_.all()) {
    if (!directories_of(function).contains(directory)) continue;
    if (function->latest.config.runtime.starts_with("python")) remove_doubtful_bytecode(directory);
    const auto& name = function->name();
    catalog_.change(name, [&](const Function* present) -> std::optional<Function> {
      if (present == nullptr) return std::nullopt;
      Function next = *present;
      const auto deploy_anew = [&](FunctionVersion& version) {
        if (runs_from(version, directory)) version.deployment_id = random_uuid();
      };
      deploy_anew(next.latest);
      for (auto& [number, version] : next.versions) deploy_anew(version);
      return next;
    });
    log::info("[{}] code changed: new environments", name);
  }
}

}  // namespace emulator
