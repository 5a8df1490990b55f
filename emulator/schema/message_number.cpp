#include "emulator/schema/message_number.h"

#include <cstdint>
#include <limits>

namespace emulator {
namespace {

// Messages within messages: libprotobuf takes no schema with more levels.
constexpr std::uint32_t kIndexesMax = 32;

// Of 32 bits.
std::optional<std::uint32_t> take_varint(std::string_view& rest) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 35 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) {
      if (number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
      return static_cast<std::uint32_t>(number);
    }
  }
  return std::nullopt;
}

// What a zigzag number stands for; nullopt: it is negative.
std::optional<int> unzigzag(std::optional<std::uint32_t> number) {
  if (!number || (*number & 1U) != 0) return std::nullopt;
  return static_cast<int>(*number >> 1U);
}

void add_varint(std::string& out, std::uint32_t number) {
  for (; number >= 0x80; number >>= 7U) out += static_cast<char>(0x80U | (number & 0x7FU));
  out += static_cast<char>(number);
}

}  // namespace

std::optional<std::vector<int>> take_confluent_indexes(std::string_view& rest) {
  const auto count = unzigzag(take_varint(rest));
  if (!count || *count > static_cast<int>(kIndexesMax)) return std::nullopt;
  if (*count == 0) return std::vector<int>{0};
  std::vector<int> indexes;
  for (int i = 0; i < *count; ++i) {
    const auto index = unzigzag(take_varint(rest));
    if (!index) return std::nullopt;
    indexes.push_back(*index);
  }
  return indexes;
}

std::optional<std::size_t> take_glue_number(std::string_view& rest) {
  return take_varint(rest);
}

std::string confluent_indexes(const std::vector<int>& indexes) {
  std::string out;
  if (indexes == std::vector<int>{0}) {
    add_varint(out, 0);
    return out;
  }
  add_varint(out, static_cast<std::uint32_t>(indexes.size()) << 1U);
  for (int index : indexes) add_varint(out, static_cast<std::uint32_t>(index) << 1U);
  return out;
}

std::string glue_number(std::size_t number) {
  std::string out;
  add_varint(out, static_cast<std::uint32_t>(number));
  return out;
}

}  // namespace emulator
