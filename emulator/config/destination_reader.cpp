#include "emulator/config/destination_reader.h"

#include <algorithm>

namespace emulator::sam {

std::string one_of(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

void check_destination_type(const Section& section, std::span<const std::string_view> types,
                            std::string_view property, const std::string& target,
                            std::string_view real) {
  const auto type = section.text("Type");
  if (!type) return;
  if (std::find(types.begin(), types.end(), *type) == types.end())
    section.fail("Type", "is \"" + *type + "\": it must be " + one_of(types));
  if (real.empty() || real == *type) return;
  section.fail("Type", "is " + *type + ", but " + std::string(property) + " is " + target +
                           ": write Type: " + std::string(real));
}

}  // namespace emulator::sam
