// Python keeps compiled modules beside their sources and takes one for current when the source's
// time in whole seconds and its size are as they were: an edit of the same length within a second
// of the first import would go unseen (docs.python.org/3/reference/import.html, "Cached bytecode
// invalidation").
#pragma once

#include <filesystem>

namespace emulator {

// Removes below `directory` the compiled modules that Python might take wrongly: those no more than
// two seconds younger than their source. Python writes them anew. Any thread; no errors: what
// cannot be read or removed is left.
void remove_doubtful_bytecode(const std::filesystem::path& directory);

}  // namespace emulator
