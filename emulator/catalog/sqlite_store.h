// A state directory: one SQLite database, which one klambda at a time may use. A change that
// write() has acknowledged is on the disk whole; one that was cut short by a crash has never been.
//
// Threads: any; calls are serialised inside. Lifetime: the program's, made before and destroyed
// after everything that has a Store*.
#pragma once

#include <filesystem>
#include <memory>

#include "emulator/catalog/store.h"

namespace emulator {

// Makes the directory (0700) and the database (0600: environment variables may be secrets) where
// they are missing. Throws ConfigError: it cannot be made or written, another klambda has it, it is
// damaged, or a newer klambda wrote it.
std::unique_ptr<Store> open_sqlite_store(const std::filesystem::path& directory);

}  // namespace emulator
