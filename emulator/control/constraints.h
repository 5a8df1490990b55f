// What the API's model says of an operation's members, as tables, and the errors that AWS's
// framework answers before the operation itself looks at anything: SerializationException for a
// wrong JSON type, then one ValidationException that lists every violated constraint
// (docs: the "Constraints" of each member in the API reference; wording from recordings).
// Pure; any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "emulator/catalog/json.h"

namespace emulator {

struct Shape {
  enum class Type { Text, Integer, Number, Flag, List, Map, Object, Timestamp, Blob };
  // Whether a violation shows the value: what may be a secret is not shown, as on AWS.
  enum class Shown { Value, Nothing };
  static constexpr std::int64_t kNoMin = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t kNoMax = std::numeric_limits<std::int64_t>::max();

  std::string_view member = {};  // "MemorySize"; of a list's or map's elements: empty
  Type type = Type::Text;
  bool required = false;
  // Of a text's or list's length, a number's value, a map's number of members.
  std::int64_t min = kNoMin;
  std::int64_t max = kNoMax;
  std::string_view pattern = {};                 // of a text, whole; as the API's model writes it
  std::span<const std::string_view> words = {};  // of a text: the allowed ones, in AWS's order
  // Of an Object: its members; of a List: one, the elements' shape; of a Map: two, the keys' and
  // the values'. Without them nothing is checked inside.
  std::span<const Shape> members = {};
  Shown shown = Shown::Value;
};

// Unknown members are let pass, as AWS does. Members that are null count as absent. A required
// member of an Object is asked for only where the Object is there. Throws ApiError.
void check_shape(const Json& body, std::span<const Shape> shapes);

// The same for one text that stands in the path or the query: `member` as AWS names it,
// "functionName".
void check_text(std::string_view value, std::string_view member, const Shape& shape);

}  // namespace emulator
