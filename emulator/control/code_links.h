// Code.Location of a function and Content.Location of a layer: addresses from which its zip can be
// downloaded until klambda ends. Each carries its proof, an HMAC with a secret of this process, so
// that nothing but what klambda has named can be read.
//
// Threads: any; constant after construction. Lifetime: outlives the server.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/catalog/function.h"
#include "emulator/control/router.h"
#include "emulator/package/package_store.h"

namespace emulator {

class CodeLinks {
 public:
  CodeLinks();

  // Below the address at which the caller of `request` reached klambda (its Host).
  std::string url_for(const FunctionCode& code, const ApiRequest& request) const;
  std::string url_for_package(const std::string& sha256, const ApiRequest& request) const;

  // What a token of such an address names; nullopt: klambda did not make it.
  struct Target {
    FunctionCode::Kind kind;
    std::string name;  // a package's sha256, or a directory
  };
  std::optional<Target> target(std::string_view token) const;

 private:
  std::string url(const std::string& name, const ApiRequest& request) const;
  std::string proof(std::string_view name) const;

  std::string secret_;
};

// GET /_klambda/code/{Token}: the zip; of a directory one made for the occasion.
void add_code_links(Router& router, const CodeLinks& links, const PackageStore& packages);

}  // namespace emulator
