#include "emulator/package/package_store.h"

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include "emulator/config/digest.h"
#include "emulator/config/temporary_home.h"
#include "emulator/package/base64.h"
#include "emulator/package/durable.h"
#include "emulator/package/merge.h"
#include "emulator/package/zip_archive.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

// docs gettingstarted-limits.html; the first text is recorded from CreateFunction, the other one
// inferred from it.
constexpr std::size_t kRequestZipBytes = 52'428'800;
constexpr std::size_t kS3ZipBytes = 262'144'000;

fs::path make_directory_in(const fs::path& parent) {
  std::string name = (parent / "XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), name);
  return name;
}

// Removed with all that is in it unless it was renamed.
class Incoming {
 public:
  explicit Incoming(const fs::path& parent) : path_(make_directory_in(parent)) {
    // mkdtemp lets nobody else in; what a package holds may be run by another user.
    fs::permissions(path_, fs::perms(0755));
  }
  ~Incoming() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;

  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

void check_zipped_size(std::size_t bytes, PackageStore::Origin origin) {
  const auto limit = origin == PackageStore::Origin::Request ? kRequestZipBytes : kS3ZipBytes;
  if (bytes >= limit) {
    throw PackageError(PackageError::Kind::ZippedTooLarge,
                       "Zipped size must be smaller than " + std::to_string(limit) + " bytes");
  }
}

}  // namespace

class PackageStore::Impl {
 public:
  explicit Impl(std::optional<fs::path> state_directory)
      : temporary_(state_directory ? nullptr : std::make_unique<const TemporaryHome>()),
        root_(temporary_ ? temporary_->path() : fs::absolute(*state_directory)) {
    std::error_code ignored;
    fs::remove_all(incoming(), ignored);  // what a crash has left
    for (const auto& folder : {packages(), opts(), incoming()}) fs::create_directories(folder);
  }
  ~Impl() {
    std::error_code ignored;
    fs::remove_all(incoming(), ignored);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Package add(std::string_view zip, Origin origin) {
    check_zipped_size(zip.size(), origin);
    const auto hash = sha256(zip);
    if (auto present = find_hash(hash)) return *std::move(present);
    const Incoming made(incoming());
    unpack_zip(zip, made.path() / "code");
    write_new_file(made.path() / "package.zip", zip);
    finish(made, packages() / hex(hash));
    return find_hash(hash).value();
  }

  std::optional<Package> find(const std::string& sha256) const {
    const auto hash = base64_decode(sha256);
    return hash ? find_hash(*hash) : std::nullopt;
  }

  fs::path opt_directory(const std::vector<std::string>& layer_sha256s) {
    std::string names;
    for (const auto& sha256 : layer_sha256s) names += sha256 + "\n";
    const auto directory = opts() / hex(sha256(names));
    if (fs::exists(directory)) return directory;
    const Incoming made(incoming());
    for (const auto& sha256 : layer_sha256s) {
      const auto layer = find(sha256);
      if (!layer) throw std::runtime_error("there is no package " + sha256);
      merge_into(made.path(), layer->directory);
    }
    finish(made, directory);
    return directory;
  }

  void sweep(const std::set<std::string>& used_sha256s,
             const std::set<fs::path>& used_opt_directories) {
    std::set<fs::path> used = used_opt_directories;
    for (const auto& sha256 : used_sha256s) {
      if (const auto package = find(sha256)) used.insert(package->zip.parent_path());
    }
    for (const auto& folder : {packages(), opts()}) {
      for (const auto& entry : fs::directory_iterator(folder)) {
        std::error_code ignored;  // what cannot be removed now can be next time
        if (!used.contains(entry.path())) fs::remove_all(entry.path(), ignored);
      }
    }
  }

 private:
  fs::path packages() const { return root_ / "packages"; }
  fs::path opts() const { return root_ / "opt"; }
  fs::path incoming() const { return root_ / "incoming"; }

  std::optional<Package> find_hash(const std::string& hash) const {
    const auto directory = packages() / hex(hash);
    std::error_code error;
    const auto bytes = fs::file_size(directory / "package.zip", error);
    if (error) return std::nullopt;
    return Package{base64_encode(hash), static_cast<std::int64_t>(bytes), directory / "code",
                   directory / "package.zip"};
  }

  // A directory is there as a whole or not at all, also after a crash.
  void finish(const Incoming& made, const fs::path& place) const {
    if (!temporary_) flush_file_system(made.path());
    std::error_code error;
    fs::rename(made.path(), place, error);
    // Another thread has made the same meanwhile.
    if (error && !fs::exists(place)) throw fs::filesystem_error("rename", place, error);
    if (!temporary_) flush_directory(place.parent_path());
  }

  const std::unique_ptr<const TemporaryHome> temporary_;  // null: a state directory, which is kept
  const fs::path root_;
};

PackageStore::PackageStore(std::optional<fs::path> state_directory)
    : impl_(std::make_unique<Impl>(std::move(state_directory))) {}
PackageStore::~PackageStore() = default;

Package PackageStore::add(std::string_view zip, Origin origin) {
  return impl_->add(zip, origin);
}
std::optional<Package> PackageStore::find(const std::string& sha256) const {
  return impl_->find(sha256);
}
fs::path PackageStore::opt_directory(const std::vector<std::string>& layer_sha256s) {
  return impl_->opt_directory(layer_sha256s);
}
void PackageStore::sweep(const std::set<std::string>& used_sha256s,
                         const std::set<fs::path>& used_opt_directories) {
  impl_->sweep(used_sha256s, used_opt_directories);
}

}  // namespace emulator
