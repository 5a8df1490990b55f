#include "emulator/catalog/functions.h"

#include <charconv>
#include <stdexcept>
#include <utility>

namespace emulator {
namespace {

constexpr const char* kKind = "function";

}  // namespace

std::string function_arn(const std::string& name, const std::string& qualifier) {
  FunctionConfig config;
  config.name = name;
  return qualifier.empty() ? config.arn() : config.arn() + ":" + qualifier;
}

ApiError function_not_found(const std::string& name, const std::string& qualifier) {
  return resource_not_found("Function not found: " + function_arn(name, qualifier));
}

const FunctionVersion* Function::find_version(const std::string& version) const {
  if (version == kLatest) return &latest;
  int number = 0;
  const char* const end = version.data() + version.size();
  const auto [stop, error] = std::from_chars(version.data(), end, number);
  if (error != std::errc() || stop != end) return nullptr;
  const auto found = versions.find(number);
  return found == versions.end() ? nullptr : &found->second;
}

FunctionVersion* Function::find_version(const std::string& version) {
  return const_cast<FunctionVersion*>(std::as_const(*this).find_version(version));
}

FunctionCatalog::FunctionCatalog(Store* store) : store_(store) {}

void FunctionCatalog::listen(Listener listener) {
  const std::lock_guard serial(changing_);
  listeners_.push_back(std::move(listener));
}

void FunctionCatalog::load() {
  if (store_ == nullptr) return;
  for (const auto& [name, document] : store_->all(kKind)) {
    Snapshot function;
    try {
      function = std::make_shared<const Function>(function_from_document(Json::parse(document)));
    } catch (const std::exception& error) {
      throw std::runtime_error("function " + name + " of the state directory: " + error.what());
    }
    const std::lock_guard lock(mutex_);
    functions_[name] = std::move(function);
  }
}

FunctionCatalog::Snapshot FunctionCatalog::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : found->second;
}

std::vector<FunctionCatalog::Snapshot> FunctionCatalog::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Snapshot> functions;
  functions.reserve(functions_.size());
  for (const auto& [name, function] : functions_) functions.push_back(function);
  return functions;
}

FunctionCatalog::Snapshot FunctionCatalog::change(const std::string& name, const Change& change) {
  const std::lock_guard serial(changing_);
  const Snapshot before = find(name);
  Snapshot after;
  if (auto next = change(before.get())) after = std::make_shared<const Function>(*std::move(next));
  if (!before && !after) return nullptr;
  const auto& shown = after ? after : before;
  if (store_ != nullptr && shown->origin == Function::Origin::Api) {
    std::optional<std::string> document;
    if (after) document = to_document(*after).dump();
    store_->write({{kKind, name, std::move(document)}});
  }
  {
    const std::lock_guard lock(mutex_);
    if (after) {
      functions_[name] = after;
    } else {
      functions_.erase(name);
    }
  }
  for (const auto& listener : listeners_) listener(before, after);
  return after;
}

FunctionCatalog::Snapshot FunctionCatalog::get(const std::string& name,
                                               const ApiError& missing) const {
  auto function = find(name);
  if (!function) throw ApiError(missing);
  return function;
}

FunctionCatalog::Snapshot FunctionCatalog::update(const std::string& name, const ApiError& missing,
                                                  const Update& update) {
  return change(name, [&](const Function* present) {
    if (present == nullptr) throw ApiError(missing);
    return std::optional<Function>(update(*present));
  });
}

}  // namespace emulator
