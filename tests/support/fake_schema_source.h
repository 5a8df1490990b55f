// A registry that a test plays: each fetch waits for its answer.
//
// Threads: answers and looks from the test, fetch() from the cache's. Outlives the sources that it
// makes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "emulator/registry/schema_source.h"

namespace emulator::test {

class FakeSchemas {
 public:
  // ---- levers ----
  // Answers one fetch of this id, now or when it comes.
  void answer(const std::string& id, SchemaSource::Fetched fetched) {
    std::lock_guard lock(mutex_);
    answers_[id].push_back(std::move(fetched));
    changed_.notify_all();
  }

  // ---- looks ----
  int fetches(const std::string& id) const {
    std::lock_guard lock(mutex_);
    const auto found = fetches_.find(id);
    return found == fetches_.end() ? 0 : found->second;
  }
  // Throws after 20 s.
  void wait_for_fetches(const std::string& id, int count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return fetches_[id] >= count; }))
      throw std::runtime_error("schema " + id + " is not asked for");
  }

  std::unique_ptr<SchemaSource> make_source() { return std::make_unique<Source>(*this); }

 private:
  class Source : public SchemaSource {
   public:
    explicit Source(FakeSchemas& schemas) : schemas_(schemas) {}
    Fetched fetch(const std::string& id, std::stop_token stop) override {
      std::unique_lock lock(schemas_.mutex_);
      schemas_.fetches_[id] += 1;
      schemas_.changed_.notify_all();
      auto& answers = schemas_.answers_[id];
      if (!schemas_.changed_.wait(lock, std::move(stop), [&] { return !answers.empty(); }))
        return SourceProblem{SourceProblem::Kind::RegistryUnreachable, "stopped"};
      Fetched fetched = std::move(answers.front());
      answers.pop_front();
      return fetched;
    }

   private:
    FakeSchemas& schemas_;
  };

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable_any changed_;
  std::map<std::string, std::deque<SchemaSource::Fetched>> answers_;
  std::map<std::string, int> fetches_;
};

}  // namespace emulator::test
