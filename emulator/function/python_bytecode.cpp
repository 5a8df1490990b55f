#include "emulator/function/python_bytecode.h"

#include <chrono>
#include <system_error>
#include <vector>

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kDoubtful{2};

// __pycache__/app.cpython-311.pyc, __pycache__/app.cpython-311.opt-1.pyc → app.py
fs::path source_of(const fs::path& compiled) {
  const auto name = compiled.filename().string();
  return compiled.parent_path().parent_path() / (name.substr(0, name.find('.')) + ".py");
}

bool is_doubtful(const fs::path& compiled) {
  std::error_code error;
  const auto edited = fs::last_write_time(source_of(compiled), error);
  if (error) return false;
  const auto written = fs::last_write_time(compiled, error);
  return !error && written < edited + kDoubtful;
}

}  // namespace

void remove_doubtful_bytecode(const fs::path& directory) {
  std::vector<fs::path> doubtful;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(directory, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const auto& path = entry->path();
    if (path.extension() == ".pyc" && path.parent_path().filename() == "__pycache__" &&
        is_doubtful(path))
      doubtful.push_back(path);
  }
  for (const auto& path : doubtful) fs::remove(path, error);
}

}  // namespace emulator
