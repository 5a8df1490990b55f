// What the states of a mapping mean: the part of Mappings that its workers do.
#include <exception>
#include <utility>

#include "emulator/catalog/mappings.h"
#include "emulator/observe/log.h"

namespace emulator {

// What needs no work is done at once: the answer shows the state on the way, the next look the
// lasting one.
Mappings::View Mappings::set_out(std::uint64_t number, MappingState state) {
  Entry& entry = entries_.at(number);
  const auto uuid = entry.mapping->uuid();
  const bool leaves = state == MappingState::Deleting;
  const bool works = entry.run || (!leaves && entry.mapping->config.enabled);
  if (works) workers_.run([this, uuid] { work(uuid); });  // it waits for mutex_
  replace(entry, [&](Mapping& mapping) { mapping.state = works ? state : MappingState::Disabled; });
  View view = view_of(entry);
  view.status.state = state;
  if (!works && leaves) erase(number);
  return view;
}

void Mappings::erase(std::uint64_t number) {
  const auto entry = entries_.find(number);
  numbers_.erase(entry->second.mapping->uuid());
  entries_.erase(entry);
}

void Mappings::work(const std::string& uuid) {
  end_run(uuid);
  if (goes_on(uuid)) begin_run(uuid);
  on_run_change();
}

void Mappings::end_run(const std::string& uuid) {
  std::shared_ptr<MappingRun> run;
  {
    const std::lock_guard lock(mutex_);
    run = entries_.at(numbers_.at(uuid)).run;
  }
  if (run == nullptr) return;
  run->mapping->finish();
  const auto status = run->mapping->status();
  const std::lock_guard lock(mutex_);
  if (finishing_) return;  // the summary is made of it
  Entry& entry = entries_.at(numbers_.at(uuid));
  entry.run.reset();  // `run` is the last one, and goes without the lock
  entry.earlier = entry.earlier + status.counts;
  if (status.last_processing_result != MappingStatus().last_processing_result) {
    replace(entry, [&](Mapping& mapping) {
      mapping.last_processing_result = status.last_processing_result;
    });
  }
}

// Whether something is to run now that nothing does.
bool Mappings::goes_on(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  if (finishing_) return false;
  Entry& entry = entries_.at(numbers_.at(uuid));
  const auto& config = entry.mapping->config;
  if (entry.mapping->state == MappingState::Deleting) {
    log::info("[{}] deleted", config.name);
    erase(entry.number);
    return false;
  }
  if (config.enabled) return true;
  log::info("[{}] disabled", config.name);
  replace(entry, [](Mapping& mapping) { mapping.state = MappingState::Disabled; });
  return false;
}

void Mappings::begin_run(const std::string& uuid) {
  std::shared_ptr<MappingRun> run;
  MappingConfig config;
  std::shared_ptr<BatchLog> batches;
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_.at(numbers_.at(uuid));
    run = std::move(entry.first_run);
    config = entry.mapping->config;
    if (entry.batches == nullptr) entry.batches = std::make_shared<BatchLog>();
    batches = entry.batches;
  }
  try {
    if (run == nullptr) run = starter_.make(config, batches, [this] { on_run_change(); });
  } catch (const std::exception& error) {
    log::error("[{}] cannot run: {}; it is disabled", config.name, error.what());
    const std::lock_guard lock(mutex_);
    replace(entries_.at(numbers_.at(uuid)), [](Mapping& mapping) {
      mapping.state = MappingState::Disabled;
      mapping.state_transition_reason = kMappingNotValid;
    });
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (finishing_) return;
    entries_.at(numbers_.at(uuid)).run = run;
  }
  log::info("[{}] polls {} for {} as group {}", config.name, config.topic, config.function_name,
            run->mapping->config().group());
  run->mapping->start();
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, options_.connect_wait, [&] {
    const auto status = run->mapping->status();
    return finishing_ || status.joined || status.problem;
  });
  replace(entries_.at(numbers_.at(uuid)),
          [](Mapping& mapping) { mapping.state = MappingState::Enabled; });
}

// A poller's, mostly: it must not wait long.
void Mappings::on_run_change() {
  { const std::lock_guard lock(mutex_); }  // whoever looks has looked, or hears it
  changed_.notify_all();
  options_.on_change();
}

}  // namespace emulator
