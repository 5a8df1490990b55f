// Zips that are made: of a directory, which Code.Location of a directory function offers, and of a
// text.
#include <sys/stat.h>
#include <zip.h>

#include <deque>
#include <memory>
#include <stdexcept>

#include "emulator/package/zip_archive.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr zip_uint32_t kFastest = 1;

bool is_no_code(const fs::path& name) {
  return name == ".git" || name == ".klambda";
}

class Writer {
 public:
  Writer() {
    zip_error_t error;
    zip_error_init(&error);
    bytes_.reset(zip_source_buffer_create(nullptr, 0, 0, &error));
    if (bytes_ != nullptr) archive_.reset(zip_open_from_source(bytes_.get(), ZIP_TRUNCATE, &error));
    if (archive_ == nullptr) throw std::runtime_error(zip_error_strerror(&error));
    zip_source_keep(bytes_.get());  // the archive takes its reference with it
  }

  void add_folder(const std::string& name) {
    mark(zip_dir_add(archive_.get(), name.c_str(), ZIP_FL_ENC_UTF_8), S_IFDIR | 0755);
  }
  void add_file(const std::string& name, const fs::path& path, mode_t mode) {
    const auto index = add(name, zip_source_file(archive_.get(), path.c_str(), 0, -1));
    mark(index, mode);
    zip_set_file_compression(archive_.get(), static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE,
                             kFastest);
  }
  // `content` lives until finish().
  void add_text(const std::string& name, const std::string& content, mode_t mode) {
    mark(add(name, zip_source_buffer(archive_.get(), content.data(), content.size(), 0)), mode);
  }

  std::string finish() {
    // Files are read here, one after the other.
    if (zip_close(archive_.get()) != 0) fail();
    static_cast<void>(archive_.release());
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_source_stat(bytes_.get(), &stat) != 0 || zip_source_open(bytes_.get()) != 0)
      throw std::runtime_error(zip_error_strerror(zip_source_error(bytes_.get())));
    std::string zip(stat.size, '\0');
    const auto got = zip_source_read(bytes_.get(), zip.data(), zip.size());
    zip_source_close(bytes_.get());
    if (got != static_cast<zip_int64_t>(zip.size()))
      throw std::runtime_error("the zip that was made cannot be read");
    return zip;
  }

 private:
  [[noreturn]] void fail() {
    throw std::runtime_error(zip_error_strerror(zip_get_error(archive_.get())));
  }
  zip_int64_t add(const std::string& name, zip_source_t* source) {
    if (source == nullptr) fail();
    const auto index = zip_file_add(archive_.get(), name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) zip_source_free(source);
    return index;
  }
  void mark(zip_int64_t index, mode_t mode) {
    if (index < 0) fail();
    zip_file_set_external_attributes(archive_.get(), static_cast<zip_uint64_t>(index), 0,
                                     ZIP_OPSYS_UNIX, static_cast<zip_uint32_t>(mode) << 16U);
  }

  struct Free {
    void operator()(zip_source_t* source) const { zip_source_free(source); }
    void operator()(zip_t* archive) const { zip_discard(archive); }
  };
  std::unique_ptr<zip_source_t, Free> bytes_;
  std::unique_ptr<zip_t, Free> archive_;
};

}  // namespace

std::string zip_directory(const fs::path& directory, std::int64_t unpacked_bytes) {
  std::deque<std::string> targets;  // of links
  Writer writer;
  std::int64_t bytes = 0;
  bool empty = true;
  for (auto entry = fs::recursive_directory_iterator(directory);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const auto& path = entry->path();
    const auto name = path.lexically_relative(directory).string();
    if (is_no_code(path.filename())) {
      entry.disable_recursion_pending();
      continue;
    }
    if (entry->is_symlink()) {
      targets.push_back(fs::read_symlink(path).string());
      writer.add_text(name, targets.back(), S_IFLNK | 0777);
    } else if (entry->is_directory()) {
      writer.add_folder(name);
    } else if (entry->is_regular_file()) {
      bytes += static_cast<std::int64_t>(entry->file_size());
      if (bytes >= unpacked_bytes) {
        throw std::runtime_error(directory.string() + " holds more than " +
                                 std::to_string(unpacked_bytes) + " bytes");
      }
      const auto mode = static_cast<mode_t>(entry->status().permissions()) & 0777U;
      writer.add_file(name, path, S_IFREG | mode);
    } else {
      continue;  // sockets and such are no code
    }
    empty = false;
  }
  if (empty) throw std::runtime_error(directory.string() + " is empty");
  return writer.finish();
}

std::string zip_of_file(const std::string& name, const std::string& content) {
  Writer writer;
  writer.add_text(name, content, S_IFREG | 0644);
  return writer.finish();
}

}  // namespace emulator
