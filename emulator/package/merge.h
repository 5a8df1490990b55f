// Directories laid one over the other. Blocking; any thread.
#pragma once

#include <filesystem>

namespace emulator {

// Every file, folder and symbolic link of `layer` into `directory`, in place of what is there of
// that name; folders are joined. Files are shared with the layer where the file system can (hard
// links), else copied. Nothing is written through a symbolic link. Throws
// std::filesystem::filesystem_error.
void merge_into(const std::filesystem::path& directory, const std::filesystem::path& layer);

}  // namespace emulator
