// Where resources are kept over a restart (--state-dir), as documents: `kind` is "function",
// "layer", "mapping", …; `key` names one of them. Real: catalog/sqlite_store.h; without a state
// directory there is none, and a null pointer stands for that.
//
// Threads: any; calls are serialised inside.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace emulator {

class Store {
 public:
  struct Change {
    std::string kind;
    std::string key;
    std::optional<std::string> document;  // JSON; nullopt: the resource goes
  };

  virtual ~Store() = default;
  // All of them or none, on the disk when it returns. Throws std::runtime_error.
  virtual void write(const std::vector<Change>& changes) = 0;
  // Key and document of every resource of a kind, by key.
  virtual std::vector<std::pair<std::string, std::string>> all(const std::string& kind) = 0;
};

}  // namespace emulator
