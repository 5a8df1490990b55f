// What a file holds; nothing when it is not there.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
