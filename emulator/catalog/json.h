// JSON that keeps its members' order, as the API's bodies have one.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace emulator {

using Json = nlohmann::ordered_json;

// A member of an object as a value; nullopt: it is absent or null. Its type has been judged before
// (control/constraints).
template <typename Value>
std::optional<Value> member(const Json& object, const std::string& name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->template get<Value>();
}

}  // namespace emulator
