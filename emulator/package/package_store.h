// Function packages and layers on the disk: each zip once, named by its hash, unpacked beside it;
// and the directories that stand in for /opt, layers one over the other.
//
// Threads: any; the same package may be added twice at a time.
// Lifetime: in a state directory packages stay until sweep(); otherwise the directory is temporary
// and goes with the object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/package/package_error.h"

namespace emulator {

struct Package {
  std::string sha256;               // of the zip, base64 (CodeSha256)
  std::int64_t size_bytes = 0;      // of the zip
  std::filesystem::path directory;  // unpacked; read-only by convention
  std::filesystem::path zip;
};

class PackageStore {
 public:
  // nullopt: a temporary directory, removed at the end. Throws std::runtime_error.
  explicit PackageStore(std::optional<std::filesystem::path> state_directory);
  ~PackageStore();
  PackageStore(const PackageStore&) = delete;
  PackageStore& operator=(const PackageStore&) = delete;

  // On the disk when it returns, if this is a state directory. AWS takes 50 MB in a request, 250 MB
  // by way of S3. Throws PackageError, or std::system_error when it cannot be written.
  enum class Origin { Request, S3 };
  Package add(std::string_view zip, Origin origin);

  std::optional<Package> find(const std::string& sha256) const;

  // The layers' contents in one directory, later ones over earlier ones, as /opt has them; made
  // once for each list. Throws std::runtime_error.
  std::filesystem::path opt_directory(const std::vector<std::string>& layer_sha256s);

  // Removes what is not in use, for the start of a program with a state directory: packages but
  // these, and what opt_directory() made but these directories.
  void sweep(const std::set<std::string>& used_sha256s,
             const std::set<std::filesystem::path>& used_opt_directories);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
