// The schemas of one registry, by id, compiled. One thread fetches what is not here, so that nobody
// who asks waits; a registry that does not answer is asked again, each time later.
//
// Threads: any. Lifetime: shared by the decoders of a mapping; destroying it ends a call under way.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "emulator/esm/record_decoder.h"
#include "emulator/registry/schema_source.h"
#include "emulator/schema/codec.h"

namespace emulator {

// What is known of a schema. Never changes.
struct CachedSchema {
  enum class State {
    Usable,
    Missing,  // from the registry; asked again after a while
    Broken    // no schema that klambda can read
  };
  State state = State::Usable;
  std::shared_ptr<const RecordSchema> name;  // of a usable one
  std::shared_ptr<const Codec> codec;        // of a usable one
  std::string text;                          // of others: why, in one line
};

class SchemaCache {
 public:
  struct Limits {
    std::size_t schemas = 1'000;  // beyond it all are forgotten, and fetched again when asked for
    std::chrono::milliseconds missing_is_kept{30'000};
    std::chrono::milliseconds first_pause{500};  // before a failed fetch is tried again; doubled
    std::chrono::milliseconds longest_pause{10'000};
    // A schema that fails and that nobody asks for any more is given up.
    std::chrono::milliseconds wanted_for{30'000};
  };

  explicit SchemaCache(std::unique_ptr<SchemaSource> source) : SchemaCache(std::move(source), {}) {}
  SchemaCache(std::unique_ptr<SchemaSource> source, Limits limits);
  ~SchemaCache();

  // Null: it is being fetched, and whoever listens is told of the end.
  std::shared_ptr<const CachedSchema> find(const std::string& id);
  // The latest failure, as long as a schema is wanted that could not be fetched.
  std::optional<RegistryTrouble> trouble() const;

  // `on_change` may be called once more after forget() has returned.
  std::uint64_t listen(std::function<void()> on_change);
  void forget(std::uint64_t listener);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Known {
    std::shared_ptr<const CachedSchema> schema;
    Time until = Time::max();
  };
  struct Wanted {
    Time due{};
    Time asked{};
    int failures = 0;
  };

  void run(const std::stop_token& stop);
  std::optional<std::string> next(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void take(const std::string& id, SchemaSource::Fetched fetched);
  void keep(const std::string& id, CachedSchema schema);  // with mutex_ held
  bool has_failed() const;                                // with mutex_ held

  const std::unique_ptr<SchemaSource> source_;
  const Limits limits_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::map<std::string, Known> known_;
  std::map<std::string, Wanted> wanted_;
  std::map<std::uint64_t, std::function<void()>> listeners_;
  std::uint64_t latest_listener_ = 0;
  std::optional<SourceProblem> latest_problem_;
  std::uint64_t failures_ = 0;

  std::jthread thread_;  // last: it uses the above
};

}  // namespace emulator
