// What is on the disk, and not only in the system's memory. Blocking; any thread.
#pragma once

#include <filesystem>
#include <string_view>

namespace emulator {

// A new file. Throws std::system_error.
void write_new_file(const std::filesystem::path& path, std::string_view bytes);

// Everything written so far to the file system that `path` is on. One call for a tree of any
// number of files. Throws std::system_error.
void flush_file_system(const std::filesystem::path& path);

// The names in a directory: what was renamed into it stays there. Throws std::system_error.
void flush_directory(const std::filesystem::path& directory);

}  // namespace emulator
