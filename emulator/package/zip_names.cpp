#include "emulator/package/zip_names.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr std::size_t kComponentBytesMax = 255;  // of Linux's and macOS's file systems
constexpr std::size_t kPathBytesMax = 3000;      // PATH_MAX less what stands in front of it
constexpr int kFoldersMax = 100;                 // of a path
constexpr int kLinksFollowedMax = 40;            // as Linux: more of them are a loop
constexpr int kStepsMax = 200;                   // along a link's path and targets

bool is_control(char character) {
  return static_cast<unsigned char>(character) < 0x20 || character == 0x7f;
}

bool has_drive_letter(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return name.size() >= 2 && name[1] == ':' && is_letter(name[0]);
}

}  // namespace

std::variant<std::string, BadName> relative_path(std::string_view name) {
  if (name.empty()) return BadName{"has no name"};
  if (name.starts_with('/')) return BadName{"has an absolute path"};
  if (name.find('\\') != std::string_view::npos)
    return BadName{"has a backslash in its name; paths in a zip are written with slashes"};
  if (has_drive_letter(name)) return BadName{"has a drive letter"};
  if (std::any_of(name.begin(), name.end(), is_control))
    return BadName{"has a control character in its name"};
  if (name.size() > kPathBytesMax) return BadName{"has too long a path"};
  std::string path;
  int folders = 0;
  for (const std::string_view component : split(name, '/')) {
    if (component.empty() || component == ".") continue;
    if (component == "..") return BadName{"leads out of the archive"};
    if (++folders > kFoldersMax) return BadName{"has too long a path"};
    if (component.size() > kComponentBytesMax) return BadName{"has too long a name"};
    path.append(path.empty() ? "" : "/").append(component);
  }
  return path;
}

bool stays_inside(const std::string& link,
                  const std::map<std::string, std::string, std::less<>>& links) {
  std::string place;              // where the walk stands
  std::deque<std::string> ahead;  // what is still to be walked
  for (auto& component : split(link, '/')) ahead.push_back(std::move(component));
  const auto leave = [&place] {
    const auto slash = place.rfind('/');
    place.erase(slash == std::string::npos ? 0 : slash);
  };
  int followed = 0;
  for (int step = 0; !ahead.empty(); ++step) {
    if (step == kStepsMax) return false;
    const std::string component = std::move(ahead.front());
    ahead.pop_front();
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      if (place.empty()) return false;
      leave();
      continue;
    }
    place.append(place.empty() ? "" : "/").append(component);
    const auto found = links.find(place);
    if (found == links.end()) continue;
    if (++followed > kLinksFollowedMax || found->second.starts_with('/')) return false;
    leave();
    const auto target = split(found->second, '/');
    ahead.insert(ahead.begin(), target.begin(), target.end());
  }
  return true;
}

}  // namespace emulator
