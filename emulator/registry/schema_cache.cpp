#include "emulator/registry/schema_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "emulator/observe/log.h"

namespace emulator {

using Clock = std::chrono::steady_clock;

SchemaCache::SchemaCache(std::unique_ptr<SchemaSource> source, Limits limits)
    : source_(std::move(source)),
      limits_(limits),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

SchemaCache::~SchemaCache() {
  thread_.request_stop();
  thread_.join();
}

// ---- those who ask ----

std::shared_ptr<const CachedSchema> SchemaCache::find(const std::string& id) {
  const Time now = Clock::now();
  std::lock_guard lock(mutex_);
  const auto known = known_.find(id);
  if (known != known_.end() && now < known->second.until) return known->second.schema;
  const auto [wanted, is_new] = wanted_.try_emplace(id);
  wanted->second.asked = now;
  if (is_new) changed_.notify_all();
  return nullptr;
}

std::optional<RegistryTrouble> SchemaCache::trouble() const {
  std::lock_guard lock(mutex_);
  if (!latest_problem_) return std::nullopt;
  return RegistryTrouble{*latest_problem_, failures_};
}

std::uint64_t SchemaCache::listen(std::function<void()> on_change) {
  std::lock_guard lock(mutex_);
  listeners_.emplace(++latest_listener_, std::move(on_change));
  return latest_listener_;
}

void SchemaCache::forget(std::uint64_t listener) {
  std::lock_guard lock(mutex_);
  listeners_.erase(listener);
}

// ---- the fetching thread ----

void SchemaCache::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<std::string> id;
    {
      std::unique_lock lock(mutex_);
      id = next(lock, stop);
    }
    if (!id) continue;
    SchemaSource::Fetched fetched = source_->fetch(*id, stop);
    if (!stop.stop_requested()) take(*id, std::move(fetched));
  }
}

// Waits until a schema is due. nullopt: look again.
std::optional<std::string> SchemaCache::next(std::unique_lock<std::mutex>& lock,
                                             const std::stop_token& stop) {
  if (wanted_.empty()) {
    changed_.wait(lock, stop, [this] { return !wanted_.empty(); });
    return std::nullopt;
  }
  const auto first =
      std::min_element(wanted_.begin(), wanted_.end(),
                       [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
  const Time due = first->second.due;
  if (due <= Clock::now()) return first->first;
  const std::size_t wanted = wanted_.size();
  changed_.wait_until(lock, stop, due, [&] { return wanted_.size() != wanted; });
  return std::nullopt;
}

void SchemaCache::take(const std::string& id, SchemaSource::Fetched fetched) {
  CachedSchema schema;
  if (const auto* definition = std::get_if<SchemaDefinition>(&fetched)) {
    try {
      schema.codec = compile(*definition);
      schema.name = std::make_shared<const RecordSchema>(
          RecordSchema{std::string(name_of(definition->format)), id});
    } catch (const SchemaError& error) {
      schema.state = CachedSchema::State::Broken;
      schema.text = "schema " + id + " cannot be used: " + error.what();
    }
  } else if (auto* missing = std::get_if<MissingSchema>(&fetched)) {
    schema.state = CachedSchema::State::Missing;
    schema.text = std::move(missing->text);
  }
  std::vector<std::function<void()>> tell;
  {
    std::lock_guard lock(mutex_);
    const auto wanted = wanted_.find(id);
    if (auto* problem = std::get_if<SourceProblem>(&fetched)) {
      Wanted& failed = wanted->second;
      const std::chrono::milliseconds pause =
          limits_.first_pause * (1LL << std::min(failed.failures, 10));
      failed.failures += 1;
      failures_ += 1;
      failed.due = Clock::now() + std::min(pause, limits_.longest_pause);
      latest_problem_ = std::move(*problem);
      if (Clock::now() - failed.asked > limits_.wanted_for) wanted_.erase(wanted);
    } else {
      wanted_.erase(wanted);
      keep(id, std::move(schema));
    }
    if (!has_failed()) latest_problem_.reset();
    for (const auto& [listener, on_change] : listeners_) tell.push_back(on_change);
  }
  for (const auto& on_change : tell) on_change();
}

void SchemaCache::keep(const std::string& id, CachedSchema schema) {
  if (known_.size() >= limits_.schemas) known_.clear();
  Known& known = known_[id];
  known.until = schema.state == CachedSchema::State::Missing
                    ? Clock::now() + limits_.missing_is_kept
                    : Time::max();
  known.schema = std::make_shared<const CachedSchema>(std::move(schema));
  log::debug("schema {}: {}", id,
             known.schema->text.empty() ? "fetched and compiled" : known.schema->text);
}

bool SchemaCache::has_failed() const {
  return std::any_of(wanted_.begin(), wanted_.end(),
                     [](const auto& wanted) { return wanted.second.failures > 0; });
}

}  // namespace emulator
