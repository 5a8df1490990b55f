// The event source mappings that exist, and the life of each: what an operation of the API asks for
// is answered at once with a transitional state, and a thread of its own does what the state says,
// however long that takes.
//
// Creating, Enabling: it is made and started, and enabled once its group has answered, its problem
// is known, or `connect_wait` is over. Disabling: the batches in flight end, their offsets are
// committed, the group is left. Updating: both, in the same group. Deleting: the group is left,
// then it is gone. A mapping that is disabled has no thread and no client of Kafka.
//
// Threads: any. Changes are made one after the other, in the store before anybody sees them.
// Lifetime: start() → request_finish() → finish() → destruction; the starter outlives it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/catalog/mapping.h"
#include "emulator/catalog/mapping_run.h"
#include "emulator/catalog/store.h"
#include "emulator/catalog/workers.h"

namespace emulator {

class Mappings {
 public:
  using Snapshot = std::shared_ptr<const Mapping>;

  struct Options {
    Store* store = nullptr;  // null: nothing is kept; mappings of a template never are
    // Called from any thread, without a lock held, after something that others may wait for.
    std::function<void()> on_change = [] {};
    std::chrono::milliseconds connect_wait{10'000};
  };

  // A mapping and what it has done. Its state, result and reason are those of this moment.
  struct View {
    Snapshot mapping;
    MappingStatus status;
    std::string state_transition_reason;
    std::string bootstrap_servers;  // those really used; of a disabled mapping, those it names
    std::string group;              // the same
    std::shared_ptr<EventSourceMapping> running;  // null: nothing works for it
    std::shared_ptr<const BatchLog> batches;      // null: nothing ever did
  };
  struct Page {
    std::vector<View> mappings;
    std::optional<std::uint64_t> next;  // where the next page goes on; nullopt: it was the last
  };

  Mappings(MappingStarter& starter, Options options);
  ~Mappings();
  Mappings(const Mappings&) = delete;
  Mappings& operator=(const Mappings&) = delete;

  // ---- before start() ----

  // One of a template. If it is enabled, its first run is made, with whatever that throws.
  void add(Mapping mapping);
  // What the store holds. Throws std::runtime_error naming a document that cannot be read.
  void load();
  void start();

  // ---- operations of the API; each throws ApiError ----

  // `mapping` is new, with its settings; the answer is in state Creating. ResourceConflictException
  // when one reads the same topic of the same brokers for the same function.
  View create(Mapping mapping);
  // ResourceNotFoundException, ResourceInUseException. `change` makes the mapping's next settings
  // and config, and may throw.
  View update(const std::string& uuid, const std::function<void(Mapping&)>& change);
  View remove(const std::string& uuid);
  // In whatever state it is.
  void change_tags(const std::string& uuid,
                   const std::function<void(std::map<std::string, std::string>&)>& change);

  std::optional<View> find(const std::string& uuid) const;
  // In the order in which they were made; at most `count` of those that are `wanted`, from
  // `from` on.
  Page list(std::uint64_t from, std::size_t count,
            const std::function<bool(const Mapping&)>& wanted) const;
  std::vector<View> all() const;

  // ---- the program's end ----

  // None is on its way to be enabled.
  bool settled() const;
  // Every mapping that is enabled has processed all that there is.
  bool drained() const;
  // The clock was moved.
  void wake();
  // No more operations; every mapping stops taking records. Then waits for all of them.
  void request_finish();
  void finish();
  // Ends a finish() that waits for batches in flight.
  void abandon();

 private:
  struct Entry {
    std::uint64_t number = 0;
    Snapshot mapping;
    std::shared_ptr<MappingRun> run;  // null: nothing works for it
    std::unique_ptr<MappingRun> first_run;
    Counts earlier;                     // of the runs before
    std::shared_ptr<BatchLog> batches;  // of all runs
  };

  // with mutex_ held
  void check_open() const;
  void check_conflict(const Mapping& mapping) const;
  Entry& insert(Mapping mapping);
  static void replace(Entry& entry, const std::function<void(Mapping&)>& change);
  void erase(std::uint64_t number);
  View set_out(std::uint64_t number, MappingState state);
  View view_of(const Entry& entry) const;

  // without it
  Mapping changeable(const std::string& uuid, std::string_view verb) const;
  void keep(const Mapping& mapping);
  std::vector<std::shared_ptr<MappingRun>> runs() const;

  // mapping_lifecycle.cpp: a worker's
  void work(const std::string& uuid);
  void end_run(const std::string& uuid);
  bool goes_on(const std::string& uuid);
  void begin_run(const std::string& uuid);
  void on_run_change();

  MappingStarter& starter_;
  const Options options_;

  std::mutex changing_;       // held over a whole change, taken before mutex_
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<std::uint64_t, Entry> entries_;        // by number
  std::map<std::string, std::uint64_t> numbers_;  // by UUID
  std::uint64_t latest_number_ = 0;
  bool finishing_ = false;

  Workers workers_;  // last: they use all of the above
};

}  // namespace emulator
