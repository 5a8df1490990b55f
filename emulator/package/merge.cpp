#include "emulator/package/merge.h"

#include <system_error>

namespace emulator {
namespace {

namespace fs = std::filesystem;

void share(const fs::path& file, const fs::path& place) {
  std::error_code error;
  fs::create_hard_link(file, place, error);
  if (error) fs::copy_file(file, place);  // another file system, or one without links
}

}  // namespace

void merge_into(const fs::path& directory, const fs::path& layer) {
  fs::create_directories(directory);
  for (const auto& entry : fs::directory_iterator(layer)) {
    const auto place = directory / entry.path().filename();
    const auto present = fs::symlink_status(place).type();
    if (entry.symlink_status().type() == fs::file_type::directory) {
      if (present != fs::file_type::directory && present != fs::file_type::not_found)
        fs::remove(place);
      merge_into(place, entry.path());
      continue;
    }
    if (present != fs::file_type::not_found) fs::remove_all(place);
    if (entry.is_symlink()) {
      fs::copy_symlink(entry.path(), place);
    } else {
      share(entry.path(), place);
    }
  }
}

}  // namespace emulator
