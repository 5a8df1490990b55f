#include "emulator/package/zip_archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "emulator/package/zip_names.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBufferBytes = 256u * 1024;
constexpr std::size_t kLinkTargetBytesMax = 1024;

// Recorded from CreateFunction.
constexpr const char* kCannotUnzip =
    "Could not unzip uploaded file. Please check your file, then try to upload again.";

[[noreturn]] void refuse(const std::string& name, std::string_view why) {
  constexpr std::size_t kShownMax = 200;
  throw PackageError(PackageError::Kind::NotAZip, std::string(kCannotUnzip) + " Entry '" +
                                                      name.substr(0, kShownMax) + "' " +
                                                      std::string(why) + ".");
}
[[noreturn]] void fail(const fs::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

struct Entry {
  enum class Type { File, Folder, Link };
  zip_uint64_t index = 0;
  std::string path;
  Type type = Type::File;
  bool executable = false;
};

class Reader {
 public:
  // `zip` outlives the reader.
  explicit Reader(std::string_view zip) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(zip.data(), zip.size(), 0, &error);
    if (source != nullptr) archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (archive_ == nullptr && source != nullptr) zip_source_free(source);
    zip_error_fini(&error);
    if (archive_ == nullptr) throw PackageError(PackageError::Kind::NotAZip, kCannotUnzip);
  }

  zip_uint64_t count() const {
    return static_cast<zip_uint64_t>(zip_get_num_entries(archive_.get(), 0));
  }

  Entry entry(zip_uint64_t index) const {
    const char* name = zip_get_name(archive_.get(), index, ZIP_FL_ENC_GUESS);
    if (name == nullptr) throw PackageError(PackageError::Kind::NotAZip, kCannotUnzip);
    auto path = relative_path(name);
    if (const auto* bad = std::get_if<BadName>(&path)) refuse(name, bad->why);
    // libzip turns a NUL, and what else is no text, into characters of an old code page.
    const std::string_view raw = zip_get_name(archive_.get(), index, ZIP_FL_ENC_RAW);
    const bool ascii = std::all_of(raw.begin(), raw.end(), [](char c) { return c > 0; });
    if (ascii && raw != name) refuse(name, "has a control character in its name");

    zip_stat_t stat;
    if (zip_stat_index(archive_.get(), index, 0, &stat) != 0)
      throw PackageError(PackageError::Kind::NotAZip, kCannotUnzip);
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE)
      refuse(name, "is encrypted");
    return typed({index, std::get<std::string>(std::move(path))}, name);
  }

  // `take` is called with each piece of the entry's content.
  template <typename Take>
  void read(const Entry& entry, std::vector<char>& buffer, Take take) const {
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
        zip_fopen_index(archive_.get(), entry.index, 0), zip_fclose);
    if (file == nullptr) refuse(entry.path, zip_error_strerror(zip_get_error(archive_.get())));
    for (;;) {
      const auto got = zip_fread(file.get(), buffer.data(), buffer.size());
      if (got < 0) refuse(entry.path, zip_error_strerror(zip_file_get_error(file.get())));
      if (got == 0) return;
      take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    }
  }

 private:
  Entry typed(Entry entry, std::string_view name) const {
    if (name.ends_with('/') || entry.path.empty()) entry.type = Entry::Type::Folder;
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    zip_file_get_external_attributes(archive_.get(), entry.index, 0, &system, &attributes);
    if (system != ZIP_OPSYS_UNIX && system != ZIP_OPSYS_OS_X) return entry;
    const auto mode = static_cast<mode_t>(attributes >> 16U);
    entry.executable = (mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
    switch (mode & S_IFMT) {
      case 0:
      case S_IFREG:
        break;
      case S_IFDIR:
        entry.type = Entry::Type::Folder;
        break;
      case S_IFLNK:
        entry.type = Entry::Type::Link;
        break;
      default:
        refuse(std::string(name), "is neither a file, a folder nor a symbolic link");
    }
    return entry;
  }

  struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
  };
  std::unique_ptr<zip_t, Discard> archive_;
};

using EntriesByPath = std::map<std::string, Entry, std::less<>>;

// The entries that count, each path once. Nothing has been written yet, and what is written
// afterwards meets neither a link nor a file where it needs a folder.
EntriesByPath choose_entries(const Reader& reader, int files_max) {
  if (reader.count() > static_cast<zip_uint64_t>(files_max)) {
    throw PackageError(PackageError::Kind::NotAZip,
                       std::string(kCannotUnzip) + " It has " + std::to_string(reader.count()) +
                           " entries; klambda takes " + std::to_string(files_max) + ".");
  }
  EntriesByPath entries;
  for (zip_uint64_t i = 0; i < reader.count(); ++i) {
    auto entry = reader.entry(i);
    if (entry.path.empty()) continue;
    auto& present = entries[entry.path];
    if (!present.path.empty() &&
        (present.type == Entry::Type::Folder) != (entry.type == Entry::Type::Folder))
      refuse(entry.path, "is a file and a folder");
    present = std::move(entry);
  }
  if (entries.empty()) {
    // Seen from AWS for an archive of nothing.
    throw PackageError(PackageError::Kind::NotAZip, "Uploaded file must be a non-empty zip");
  }
  for (const auto& [path, entry] : entries) {
    for (auto slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      const auto parent = entries.find(std::string_view(path).substr(0, slash));
      if (parent != entries.end() && parent->second.type != Entry::Type::Folder)
        refuse(parent->first, "is a file and a folder");
    }
  }
  return entries;
}

struct File {
  int fd;
  ~File() {
    if (fd != -1) ::close(fd);
  }
};

class Unpacker {
 public:
  Unpacker(const Reader& reader, const fs::path& directory, const UnpackLimits& limits)
      : reader_(reader), directory_(directory), limits_(limits), buffer_(kBufferBytes) {}

  void run(const EntriesByPath& entries) {
    make_folder(directory_);
    std::map<std::string, std::string, std::less<>> links;
    for (const auto& [path, entry] : entries) {
      switch (entry.type) {
        case Entry::Type::Folder:
          make_folders(path + "/");
          break;
        case Entry::Type::File:
          make_folders(path);
          write_file(entry);
          break;
        case Entry::Type::Link:
          links.emplace(path, target_of(entry));
          break;
      }
    }
    // Links come last: nothing is written through one.
    for (const auto& [path, target] : links) {
      if (!stays_inside(path, links)) refuse(path, "is a symbolic link that leaves the archive");
      make_folders(path);
      const auto place = directory_ / path;
      if (::symlink(target.c_str(), place.c_str()) != 0) fail(place);
    }
  }

 private:
  // Every folder above the last slash.
  void make_folders(const std::string& path) {
    // Paths come in order, so the folders that this one shares with the last one exist.
    const auto differs = std::mismatch(path.begin(), path.end(), made_.begin(), made_.end()).first;
    const auto shared = path.rfind('/', static_cast<std::size_t>(differs - path.begin()));
    for (auto slash = path.find('/', shared == std::string::npos ? 0 : shared);
         slash != std::string::npos; slash = path.find('/', slash + 1))
      make_folder(directory_ / path.substr(0, slash));
    made_ = path.substr(0, path.rfind('/') + 1);
  }

  void make_folder(const fs::path& path) {
    if (::mkdir(path.c_str(), 0755) == 0) {
      count_file();
    } else if (errno != EEXIST) {
      fail(path);
    }
  }

  void write_file(const Entry& entry) {
    count_file();
    const auto path = directory_ / entry.path;
    const File file{
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (file.fd == -1) fail(path);
    reader_.read(entry, buffer_, [&](std::string_view piece) {
      count_bytes(piece.size());
      while (!piece.empty()) {
        const auto written = ::write(file.fd, piece.data(), piece.size());
        if (written < 0) fail(path);
        piece.remove_prefix(static_cast<std::size_t>(written));
      }
    });
    // Whatever the mask of this process: it may be narrower than AWS's.
    if (::fchmod(file.fd, entry.executable ? 0555 : 0444) != 0) fail(path);
  }

  std::string target_of(const Entry& entry) {
    count_file();
    std::string target;
    reader_.read(entry, buffer_, [&](std::string_view piece) {
      count_bytes(piece.size());
      target += piece;
      if (target.size() > kLinkTargetBytesMax) refuse(entry.path, "is too long a symbolic link");
    });
    if (target.empty() || target.find('\0') != std::string::npos)
      refuse(entry.path, "is a symbolic link to nothing");
    return target;
  }

  void count_file() {
    if (++files_ > limits_.files) {
      throw PackageError(PackageError::Kind::NotAZip,
                         std::string(kCannotUnzip) + " It has more than " +
                             std::to_string(limits_.files) + " files and folders.");
    }
  }
  void count_bytes(std::size_t bytes) {
    bytes_ += static_cast<std::int64_t>(bytes);
    if (bytes_ >= limits_.unpacked_bytes) {
      throw PackageError(PackageError::Kind::TooLarge, "Unzipped size must be smaller than " +
                                                           std::to_string(limits_.unpacked_bytes) +
                                                           " bytes");
    }
  }

  const Reader& reader_;
  const fs::path& directory_;
  const UnpackLimits& limits_;
  std::vector<char> buffer_;
  std::string made_;  // with a slash at its end
  int files_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace

void unpack_zip(std::string_view zip, const fs::path& directory, const UnpackLimits& limits) {
  const Reader reader(zip);
  const auto entries = choose_entries(reader, limits.files);
  Unpacker(reader, directory, limits).run(entries);
}

}  // namespace emulator
