#include "emulator/doctor/compose_file.h"

#include <cctype>
#include <cstdint>
#include <fstream>
#include <system_error>

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSetting = "ADVERTISED_LISTENERS";
constexpr std::uintmax_t kFileBytesMax = 1024 * 1024;

bool is_name_character(char c) {
  return c == '_' || std::isupper(static_cast<unsigned char>(c)) != 0;
}

// The whole name around the setting; nullopt: the line does not set it, or is a comment.
std::optional<std::string> variable_in(const std::string& line) {
  const auto place = line.find(kSetting);
  const auto comment = line.find('#');
  if (place == std::string::npos || comment < place) return std::nullopt;
  auto begin = place;
  while (begin > 0 && is_name_character(line[begin - 1])) --begin;
  auto end = place;
  while (end < line.size() && is_name_character(line[end])) ++end;
  return line.substr(begin, end - begin);
}

}  // namespace

std::optional<ComposeLine> find_advertised_listeners(const std::vector<fs::path>& folders,
                                                     const std::string& advertised) {
  std::optional<ComposeLine> first;
  for (const auto& folder : folders) {
    for (const auto* name :
         {"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"}) {
      const auto path = folder / name;
      std::error_code error;
      if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > kFileBytesMax) continue;
      std::ifstream file(path);
      int number = 0;
      for (std::string line; std::getline(file, line);) {
        ++number;
        const auto variable = variable_in(line);
        if (!variable) continue;
        if (line.find(advertised) != std::string::npos) return ComposeLine{path, number, *variable};
        if (!first) first = ComposeLine{path, number, *variable};
      }
    }
  }
  return first;
}

}  // namespace emulator
