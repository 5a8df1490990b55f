// Why a zip is not taken.
#pragma once

#include <stdexcept>
#include <string>

namespace emulator {

// what() is AWS's text; of what AWS does not say, with the entry and its fault behind it.
struct PackageError : std::runtime_error {
  enum class Kind {
    NotAZip,        // "Could not unzip uploaded file. Please check your file, …"
    TooLarge,       // "Unzipped size must be smaller than 262144000 bytes"
    ZippedTooLarge  // "Zipped size must be smaller than 52428800 bytes"
  };
  PackageError(Kind what_kind, const std::string& text)
      : std::runtime_error(text), kind(what_kind) {}
  Kind kind;
};

}  // namespace emulator
