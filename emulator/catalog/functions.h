// The functions that exist. Each is an immutable snapshot that a change replaces as a whole, so
// readers need no lock and an operation of the API is a function from one snapshot to the next.
//
// Threads: any. Changes are made one after the other, on the disk (store) before anybody sees them.
// Lifetime: the program's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/function.h"
#include "emulator/catalog/store.h"

namespace emulator {

class FunctionCatalog {
 public:
  using Snapshot = std::shared_ptr<const Function>;
  // nullptr: there is no such function. Returns what shall be there, nullopt: nothing. May throw
  // (ApiError): then nothing changes. May read the catalog, which stays as it is meanwhile.
  using Change = std::function<std::optional<Function>(const Function* present)>;
  // Called after each change, in the order of changes, with what was and what is (either may be
  // nullptr). Must not call the catalog's change().
  using Listener = std::function<void(const Snapshot& before, const Snapshot& after)>;

  // `store` may be nullptr; functions of a template are not written to it.
  explicit FunctionCatalog(Store* store = nullptr);

  // Hears of every change from then on; the listeners outlive the catalog's use.
  void listen(Listener listener);
  // What the store holds. Throws std::runtime_error naming a document that cannot be read.
  void load();

  Snapshot find(const std::string& name) const;  // nullptr: none
  std::vector<Snapshot> all() const;             // by name
  Snapshot change(const std::string& name, const Change& change);

  // The same for a function that must be there; throw `missing` where it is not.
  using Update = std::function<Function(const Function& present)>;
  Snapshot get(const std::string& name, const ApiError& missing) const;
  Snapshot update(const std::string& name, const ApiError& missing, const Update& update);

 private:
  Store* const store_;
  std::mutex changing_;              // held over a whole change, taken before mutex_
  std::vector<Listener> listeners_;  // guarded by changing_
  mutable std::mutex mutex_;
  std::map<std::string, Snapshot> functions_;  // guarded by mutex_
};

// 404 "Function not found: <arn>", with the qualifier where there is one.
ApiError function_not_found(const std::string& name, const std::string& qualifier = {});

// The store's documents. from_document throws nlohmann::json::exception or std::runtime_error.
Json to_document(const Function& function);
Function function_from_document(const Json& document);

}  // namespace emulator
