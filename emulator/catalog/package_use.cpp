#include "emulator/catalog/package_use.h"

#include <filesystem>
#include <set>
#include <string>

namespace emulator {

void sweep_packages(PackageStore& packages, const FunctionCatalog& functions,
                    const LayerCatalog& layers) {
  const auto layer_sha256s = layers.sha256s();
  std::set<std::string> sha256s(layer_sha256s.begin(), layer_sha256s.end());
  std::set<std::filesystem::path> opt_directories;
  const auto use = [&](const FunctionCode& code) {
    if (code.kind == FunctionCode::Kind::Package) sha256s.insert(code.sha256);
    if (!code.opt_directory.empty()) opt_directories.insert(code.opt_directory);
  };
  for (const auto& function : functions.all()) {
    use(function->latest.code);
    for (const auto& [number, version] : function->versions) use(version.code);
  }
  packages.sweep(sha256s, opt_directories);
}

}  // namespace emulator
