// Zips, which may come from anybody: unpacked so that nothing is written outside of the directory
// and no more than the limits, whatever their headers say; and made from directories. Blocking; any
// thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "emulator/package/package_error.h"

namespace emulator {

struct UnpackLimits {
  // "Unzipped size must be smaller than 262144000 bytes" (docs gettingstarted-limits.html: 250 MB).
  std::int64_t unpacked_bytes = 262'144'000;
  int files = 100'000;  // and folders; ours
};

// Fills `directory`, which it makes; what a failure leaves there is the caller's to remove. Files
// can be read by all and written by nobody, as on AWS, and keep their executable bit; of two
// entries of one name the later one counts; symbolic links must end inside. Throws PackageError,
// or std::system_error when the directory cannot be written.
void unpack_zip(std::string_view zip, const std::filesystem::path& directory,
                const UnpackLimits& limits = {});

// Every file below `directory` but what is no part of a package (.git, .klambda); symbolic links
// as such. Throws std::runtime_error, also when it is larger than `unpacked_bytes` in all.
std::string zip_directory(const std::filesystem::path& directory,
                          std::int64_t unpacked_bytes = UnpackLimits{}.unpacked_bytes);
// One file that everybody may read.
std::string zip_of_file(const std::string& name, const std::string& content);

}  // namespace emulator
