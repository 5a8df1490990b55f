#include "emulator/function/jar_file.h"

#include <zip.h>

#include <memory>
#include <string>
#include <utility>

namespace emulator {
namespace {

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;

Archive open(const std::filesystem::path& jar) {
  return Archive(zip_open(jar.c_str(), ZIP_RDONLY, nullptr));
}

}  // namespace

bool jar_has(const std::filesystem::path& jar, const std::string& entry) {
  const auto archive = open(jar);
  return archive && zip_name_locate(archive.get(), entry.c_str(), 0) >= 0;
}

std::optional<std::string> read_jar_entry(const std::filesystem::path& jar,
                                          const std::string& entry, std::size_t bytes_max) {
  const auto archive = open(jar);
  zip_stat_t about;
  if (!archive || zip_stat(archive.get(), entry.c_str(), 0, &about) != 0) return std::nullopt;
  if ((about.valid & ZIP_STAT_SIZE) == 0 || about.size > bytes_max) return std::nullopt;
  const std::unique_ptr<zip_file_t, Discard> file(zip_fopen(archive.get(), entry.c_str(), 0));
  if (!file) return std::nullopt;
  std::string bytes(about.size, '\0');
  const auto got = zip_fread(file.get(), bytes.data(), bytes.size());
  if (got < 0 || static_cast<std::size_t>(got) != bytes.size()) return std::nullopt;
  return bytes;
}

}  // namespace emulator
