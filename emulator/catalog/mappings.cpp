#include "emulator/catalog/mappings.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/mapping_settings.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

constexpr const char* kKind = "mapping";

// The state in which an update is answered. (docs: UpdateEventSourceMapping, "State"; recorded for
// Disabling.)
MappingState on_the_way(MappingState present, bool enabled) {
  const bool works = present == MappingState::Enabled;
  if (works && !enabled) return MappingState::Disabling;
  return works || !enabled ? MappingState::Updating : MappingState::Enabling;
}

// The first server of both, if they read one topic of it for one function.
bool read_the_same(const Mapping& a, const Mapping& b) {
  if (a.settings.at("FunctionArn") != b.settings.at("FunctionArn")) return false;
  if (a.config.kind != b.config.kind || a.config.topic != b.config.topic) return false;
  if (a.config.kind == EventSourceKind::Msk)
    return a.config.event_source_arn == b.config.event_source_arn;
  const auto& servers = a.config.bootstrap_servers;
  return std::any_of(servers.begin(), servers.end(), [&](const std::string& server) {
    const auto& others = b.config.bootstrap_servers;
    return std::find(others.begin(), others.end(), server) != others.end();
  });
}

ApiError no_such_mapping() {
  return resource_not_found("The resource you requested does not exist.");
}

// docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html: ResourceInUseException
// "you tried to update an event source mapping in the CREATING state"; the wording is an inference.
ApiError in_use(std::string_view verb) {
  return resource_in_use("Cannot " + std::string(verb) +
                         " the event source mapping because it is in use.");
}

const char* reason_of(const MappingStatus& status) {
  if (status.problem) {
    const char* reason = texts_of(status.problem->kind).transition_reason;
    if (reason != nullptr) return reason;
  }
  return status.function_can_start ? nullptr : kFunctionNotValid;
}

}  // namespace

bool is_transitional(MappingState state) {
  return state != MappingState::Enabled && state != MappingState::Disabled;
}

Mappings::Mappings(MappingStarter& starter, Options options)
    : starter_(starter), options_(std::move(options)) {}

Mappings::~Mappings() {
  request_finish();
  abandon();
  finish();
}

// ---- before start() ----

void Mappings::add(Mapping mapping) {
  std::unique_ptr<MappingRun> run;
  auto batches = std::make_shared<BatchLog>();
  if (mapping.config.enabled)
    run = starter_.make(mapping.config, batches, [this] { on_run_change(); });
  const std::lock_guard lock(mutex_);
  Entry& entry = insert(std::move(mapping));
  entry.first_run = std::move(run);
  entry.batches = std::move(batches);
}

void Mappings::load() {
  if (options_.store == nullptr) return;
  for (const auto& [uuid, document] : options_.store->all(kKind)) {
    try {
      auto mapping = mapping_from_document(Json::parse(document));
      mapping.state = MappingState::Enabling;
      const std::lock_guard lock(mutex_);
      insert(std::move(mapping));
    } catch (const std::exception& error) {
      throw std::runtime_error("event source mapping " + uuid +
                               " of the state directory: " + error.what());
    }
  }
}

void Mappings::start() {
  const std::lock_guard lock(mutex_);
  for (auto& [number, entry] : entries_) {
    if (entry.mapping->state == MappingState::Disabled) continue;
    if (!entry.mapping->config.enabled)
      log::info("[{}] disabled by its configuration", entry.mapping->config.name);
    set_out(number, entry.mapping->state);
  }
}

// ---- operations of the API ----

Mappings::View Mappings::create(Mapping mapping) {
  const std::lock_guard serial(changing_);
  {
    const std::lock_guard lock(mutex_);
    check_open();
    check_conflict(mapping);
  }
  mapping.state = MappingState::Creating;
  mapping.last_modified_ms = epoch_ms_now();
  keep(mapping);
  const std::lock_guard lock(mutex_);
  return set_out(insert(std::move(mapping)).number, MappingState::Creating);
}

Mappings::View Mappings::update(const std::string& uuid,
                                const std::function<void(Mapping&)>& change) {
  const std::lock_guard serial(changing_);
  Mapping next = changeable(uuid, "update");
  const std::string called = next.settings.at("FunctionArn");
  change(next);
  if (next.settings.at("FunctionArn") != called) {
    const std::lock_guard lock(mutex_);
    check_conflict(next);
  }
  next.last_modified_ms = epoch_ms_now();
  next.state_transition_reason = kUserInitiated;
  keep(next);
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.at(numbers_.at(uuid));
  const auto state = on_the_way(next.state, next.config.enabled);
  entry.mapping = std::make_shared<const Mapping>(std::move(next));
  return set_out(entry.number, state);
}

Mappings::View Mappings::remove(const std::string& uuid) {
  const std::lock_guard serial(changing_);
  const Mapping last = changeable(uuid, "delete");
  if (options_.store != nullptr && last.origin == Mapping::Origin::Api)
    options_.store->write({{kKind, uuid, std::nullopt}});
  const std::lock_guard lock(mutex_);
  return set_out(numbers_.at(uuid), MappingState::Deleting);
}

void Mappings::change_tags(const std::string& uuid,
                           const std::function<void(std::map<std::string, std::string>&)>& change) {
  const std::lock_guard serial(changing_);
  Mapping next;
  {
    const std::lock_guard lock(mutex_);
    const auto found = numbers_.find(uuid);
    if (found == numbers_.end()) throw no_such_mapping();
    next = *entries_.at(found->second).mapping;
  }
  change(next.tags);
  if (next.state != MappingState::Deleting) keep(next);
  const std::lock_guard lock(mutex_);
  const auto found = numbers_.find(uuid);
  if (found == numbers_.end()) return;  // its deletion has ended
  replace(entries_.at(found->second), [&](Mapping& mapping) { mapping.tags = next.tags; });
}

// ---- looks ----

std::optional<Mappings::View> Mappings::find(const std::string& uuid) const {
  const std::lock_guard lock(mutex_);
  const auto found = numbers_.find(uuid);
  if (found == numbers_.end()) return std::nullopt;
  return view_of(entries_.at(found->second));
}

Mappings::Page Mappings::list(std::uint64_t from, std::size_t count,
                              const std::function<bool(const Mapping&)>& wanted) const {
  Page page;
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.lower_bound(from); entry != entries_.end(); ++entry) {
    if (!wanted(*entry->second.mapping)) continue;
    if (page.mappings.size() == count) {
      page.next = entry->first;
      break;
    }
    page.mappings.push_back(view_of(entry->second));
  }
  return page;
}

std::vector<Mappings::View> Mappings::all() const {
  return list(0, std::numeric_limits<std::size_t>::max(), [](const Mapping&) { return true; })
      .mappings;
}

Mappings::View Mappings::view_of(const Entry& entry) const {
  View view;
  view.mapping = entry.mapping;
  view.state_transition_reason = entry.mapping->state_transition_reason;
  std::string result = entry.mapping->last_processing_result;
  if (entry.run) {
    view.status = entry.run->mapping->status();
    if (view.status.last_processing_result != MappingStatus().last_processing_result)
      result = view.status.last_processing_result;
    if (const char* reason = reason_of(view.status)) view.state_transition_reason = reason;
    view.bootstrap_servers = entry.run->bootstrap_servers;
    view.group = entry.run->mapping->config().group();
    view.running = entry.run->mapping;
  } else {
    view.bootstrap_servers = join(entry.mapping->config.bootstrap_servers, ",");
    view.group = entry.mapping->config.group();
  }
  view.status.last_processing_result = std::move(result);
  view.batches = entry.batches;
  view.status.counts = entry.earlier + view.status.counts;
  view.status.state = entry.mapping->state;
  return view;
}

// ---- the program's end ----

bool Mappings::settled() const {
  const std::lock_guard lock(mutex_);
  return std::none_of(entries_.begin(), entries_.end(), [](const auto& numbered) {
    const auto state = numbered.second.mapping->state;
    return state == MappingState::Creating || state == MappingState::Enabling;
  });
}

bool Mappings::drained() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(entries_.begin(), entries_.end(), [](const auto& numbered) {
    const Entry& entry = numbered.second;
    const auto state = entry.mapping->state;
    if (!entry.mapping->config.enabled || state == MappingState::Deleting) return true;
    return state != MappingState::Updating && entry.run && entry.run->mapping->status().drained;
  });
}

std::vector<std::shared_ptr<MappingRun>> Mappings::runs() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<MappingRun>> runs;
  for (const auto& [number, entry] : entries_) {
    if (entry.run) runs.push_back(entry.run);
  }
  return runs;
}

void Mappings::wake() {
  for (const auto& run : runs()) run->mapping->wake();
}

void Mappings::request_finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_all();
  for (const auto& run : runs()) run->mapping->request_finish();
}

void Mappings::finish() {
  request_finish();
  workers_.join();
  for (const auto& run : runs()) run->mapping->finish();
}

void Mappings::abandon() {
  for (const auto& run : runs()) run->abandon();
}

// ---- small things ----

Mappings::Entry& Mappings::insert(Mapping mapping) {
  Entry entry;
  entry.number = ++latest_number_;
  entry.mapping = std::make_shared<const Mapping>(std::move(mapping));
  numbers_[entry.mapping->uuid()] = entry.number;
  return entries_[entry.number] = std::move(entry);
}

void Mappings::replace(Entry& entry, const std::function<void(Mapping&)>& change) {
  Mapping next = *entry.mapping;
  change(next);
  entry.mapping = std::make_shared<const Mapping>(std::move(next));
}

void Mappings::check_open() const {
  if (finishing_) throw service_error("klambda is stopping.");
}

Mapping Mappings::changeable(const std::string& uuid, std::string_view verb) const {
  const std::lock_guard lock(mutex_);
  check_open();
  const auto found = numbers_.find(uuid);
  if (found == numbers_.end()) throw no_such_mapping();
  const Mapping& mapping = *entries_.at(found->second).mapping;
  if (is_transitional(mapping.state)) throw in_use(verb);
  return mapping;
}

void Mappings::check_conflict(const Mapping& mapping) const {
  for (const auto& [number, entry] : entries_) {
    if (entry.mapping->uuid() == mapping.uuid() || !read_the_same(mapping, *entry.mapping))
      continue;
    const auto& config = mapping.config;
    const std::string source = config.kind == EventSourceKind::Msk
                                   ? config.event_source_arn
                                   : join(config.bootstrap_servers, ",");
    throw resource_conflict("An event source mapping with event source (\"" + source +
                            "\"), function (\"" + config.function_arn() + "\"), topics (\"" +
                            config.topic +
                            "\") already exists. Please update or delete the existing mapping "
                            "with UUID " +
                            entry.mapping->uuid());
  }
}

void Mappings::keep(const Mapping& mapping) {
  if (options_.store == nullptr || mapping.origin != Mapping::Origin::Api) return;
  options_.store->write({{kKind, mapping.uuid(), to_document(mapping).dump()}});
}

}  // namespace emulator
