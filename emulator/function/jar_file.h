// A look into a jar (or any other zip): whether it has an entry, and one entry's bytes. Any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace emulator {

// False also for what is no zip.
bool jar_has(const std::filesystem::path& jar, const std::string& entry);

// nullopt: there is no such entry, or it is larger than `bytes_max`.
std::optional<std::string> read_jar_entry(const std::filesystem::path& jar,
                                          const std::string& entry, std::size_t bytes_max);

}  // namespace emulator
