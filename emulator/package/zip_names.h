// What the names in a zip may be, so that nothing is written outside of the directory into which it
// is unpacked. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace emulator {

struct BadName {
  std::string_view why;
};

// "lib/./a.py", "lib//a.py" and "lib/a.py/" are "lib/a.py"; the root itself ("./") is empty. Never
// absolute, never with "..", a backslash, a drive letter, control characters or more than the
// system takes.
std::variant<std::string, BadName> relative_path(std::string_view name);

// Whether a symbolic link, followed through every other link of the archive, ends within it.
// `links`: targets by the links' paths.
bool stays_inside(const std::string& link,
                  const std::map<std::string, std::string, std::less<>>& links);

}  // namespace emulator
