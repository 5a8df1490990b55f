#include "emulator/control/constraints.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/catalog/api_error.h"
#include "emulator/config/text.h"
#include "emulator/control/pattern.h"

namespace emulator {
namespace {

using Type = Shape::Type;

constexpr const char* kNotNull = "Member must not be null";

// Wrong JSON types: what AWS's deserialiser says of each (recorded from other services that stand
// on the same framework).

// The word for a scalar; throws for what is none.
std::string scalar_word(const Json& value) {
  if (value.is_array()) throw serialization_error("Start of list found where not expected");
  if (value.is_object())
    throw serialization_error("Start of structure or map found where not expected.");
  if (value.is_string()) return "STRING_VALUE";
  if (value.is_boolean()) return value.get<bool>() ? "TRUE_VALUE" : "FALSE_VALUE";
  return "NUMBER_VALUE";
}

[[noreturn]] void refuse_type(const Json& value, std::string_view wanted) {
  throw serialization_error(scalar_word(value) + " can not be converted to " + std::string(wanted));
}

void check_types(const Json& value, const Shape& shape);

void check_member_types(const Json& object, std::span<const Shape> shapes) {
  for (const auto& [name, value] : object.items()) {
    const auto shape = std::find_if(shapes.begin(), shapes.end(),
                                    [&](const Shape& each) { return each.member == name; });
    if (shape != shapes.end()) check_types(value, *shape);
  }
}

void check_container_types(const Json& value, const Shape& shape) {
  if (shape.type == Type::List) {
    if (!value.is_array()) {
      scalar_word(value);
      throw serialization_error("Expected list or null");
    }
    if (shape.members.empty()) return;
    for (const auto& element : value) check_types(element, shape.members[0]);
    return;
  }
  if (!value.is_object()) {
    scalar_word(value);
    throw serialization_error("Expected null");
  }
  if (shape.type == Type::Object) return check_member_types(value, shape.members);
  if (shape.members.empty()) return;
  for (const auto& element : value) check_types(element, shape.members[1]);
}

void check_types(const Json& value, const Shape& shape) {
  if (value.is_null()) return;
  switch (shape.type) {
    case Type::Text:
    case Type::Blob:
      if (!value.is_string()) refuse_type(value, "a String");
      break;
    case Type::Integer:
      if (!value.is_number()) refuse_type(value, "an Integer");
      break;
    case Type::Number:
      if (!value.is_number()) refuse_type(value, "a Double");
      break;
    case Type::Flag:
      if (!value.is_boolean()) refuse_type(value, "a Boolean");
      break;
    case Type::Timestamp:
      if (!value.is_number()) refuse_type(value, "milliseconds since epoch");
      break;
    case Type::List:
    case Type::Map:
    case Type::Object:
      check_container_types(value, shape);
      break;
  }
}

bool is_number(Type type) {
  return type == Type::Integer || type == Type::Number;
}
bool has_length(Type type) {
  return type == Type::Text || type == Type::List || type == Type::Map || type == Type::Blob;
}

// "Member must have length less than or equal to 5"
std::string limit_text(const Shape& shape, std::int64_t limit, std::string_view relation) {
  return (is_number(shape.type) ? "Member must have value " : "Member must have length ") +
         std::string(relation) + " than or equal to " + std::to_string(limit) +
         (shape.type == Type::Number ? ".0" : "");
}

struct Constraint {
  std::string text;
  bool violated = false;
};

double measure(const Json& value, const Shape& shape) {
  // A fraction of an integer is cut off (recorded).
  if (shape.type == Type::Integer) return std::trunc(value.get<double>());
  if (shape.type == Type::Number) return value.get<double>();
  if (value.is_string())
    return static_cast<double>(count_characters(value.get_ref<const std::string&>()));
  return static_cast<double>(value.size());
}

// The constraints of a value in the order in which AWS lists them. `value` may be nullptr: then
// none is violated.
std::vector<Constraint> constraints(const Json* value, const Shape& shape) {
  std::vector<Constraint> all;
  const bool measured = (is_number(shape.type) || has_length(shape.type)) &&
                        (shape.max != Shape::kNoMax || shape.min != Shape::kNoMin);
  const double size = measured && value != nullptr ? measure(*value, shape) : 0;
  const auto add_limit = [&](std::int64_t limit, std::string_view relation, bool violated) {
    all.push_back({limit_text(shape, limit, relation), value != nullptr && violated});
  };
  if (measured && shape.max != Shape::kNoMax)
    add_limit(shape.max, "less", size > static_cast<double>(shape.max));
  if (measured && shape.min != Shape::kNoMin)
    add_limit(shape.min, "greater", size < static_cast<double>(shape.min));
  if (!shape.pattern.empty()) {
    all.push_back({"Member must satisfy regular expression pattern: " + std::string(shape.pattern),
                   value != nullptr &&
                       !matches_pattern(value->get_ref<const std::string&>(), shape.pattern)});
  }
  if (!shape.words.empty()) {
    const bool known =
        value != nullptr && std::find(shape.words.begin(), shape.words.end(),
                                      value->get_ref<const std::string&>()) != shape.words.end();
    all.push_back({"Member must satisfy enum value set: [" +
                       join({shape.words.begin(), shape.words.end()}, ", ") + "]",
                   value != nullptr && !known});
  }
  return all;
}

bool violates(const Json& value, const Shape& shape) {
  if (value.is_null()) return true;
  const auto all = constraints(&value, shape);
  return std::any_of(all.begin(), all.end(), [](const Constraint& each) { return each.violated; });
}

// "[Member must have length …, Member must not be null]": all that an element must satisfy.
std::string elements_text(const Shape& shape) {
  std::vector<std::string> texts;
  for (auto& each : constraints(nullptr, shape)) texts.push_back(std::move(each.text));
  texts.emplace_back(kNotNull);
  return "[" + join(texts, ", ") + "]";
}

// As Java prints it: "[a, b]", "{a=1.0, b=2.0}".
std::string shown_text(const Json& value, const Shape& shape) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_structured()) {
    const Json shown =
        shape.type == Type::Number && value.is_number() ? Json(value.get<double>()) : value;
    return shown.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  const bool typed = shape.type != Type::Object && !shape.members.empty();
  std::vector<std::string> parts;
  for (const auto& [key, element] : value.items()) {
    parts.push_back((value.is_object() ? key + "=" : "") +
                    shown_text(element, typed ? shape.members.back() : shape));
  }
  return (value.is_object() ? "{" : "[") + join(parts, ", ") + (value.is_object() ? "}" : "]");
}

// "MemorySize" is "memorySize" in AWS's messages.
std::string path_of(const std::string& parent, std::string_view member) {
  std::string name(member);
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z')
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return parent.empty() ? name : parent + "." + name;
}

class Checker {
 public:
  void check_members(const Json& object, std::span<const Shape> shapes, const std::string& parent) {
    for (const auto& shape : shapes) {
      const auto value = object.find(std::string(shape.member));
      const auto path = path_of(parent, shape.member);
      if (value == object.end() || value->is_null()) {
        if (shape.required) violations_.add_null(path);
      } else {
        check(*value, shape, path);
      }
    }
  }

  void check(const Json& value, const Shape& shape, const std::string& path) {
    for (const auto& each : constraints(&value, shape)) {
      if (each.violated) add(value, shape, path, each.text);
    }
    if (shape.type == Type::Object) return check_members(value, shape.members, path);
    if (shape.members.empty()) return;
    if (shape.type == Type::List) check_list(value, shape, path);
    if (shape.type == Type::Map) check_map(value, shape, path);
  }

  void throw_if_any() const { violations_.throw_if_any(); }

 private:
  void check_list(const Json& list, const Shape& shape, const std::string& path) {
    const Shape& element = shape.members[0];
    if (element.type != Type::Object) {
      const bool violated = std::any_of(list.begin(), list.end(),
                                        [&](const Json& each) { return violates(each, element); });
      if (violated)
        add(list, shape, path, "Member must satisfy constraint: " + elements_text(element));
      return;
    }
    int number = 0;
    for (const auto& each : list) {
      const std::string member = path + "." + std::to_string(++number) + ".member";
      if (each.is_null()) {
        violations_.add_null(member);
      } else {
        check(each, element, member);
      }
    }
  }

  void check_map(const Json& map, const Shape& shape, const std::string& path) {
    bool keys_violated = false;
    bool values_violated = false;
    for (const auto& [key, value] : map.items()) {
      keys_violated = keys_violated || violates(key, shape.members[0]);
      values_violated = values_violated || violates(value, shape.members[1]);
    }
    if (keys_violated)
      add(map, shape, path, "Map keys must satisfy constraint: " + elements_text(shape.members[0]));
    if (values_violated) {
      add(map, shape, path,
          "Map value must satisfy constraint: " + elements_text(shape.members[1]));
    }
  }

  void add(const Json& value, const Shape& shape, const std::string& path,
           const std::string& constraint) {
    if (shape.shown == Shape::Shown::Nothing) {
      violations_.add_hidden(path, constraint);
    } else {
      violations_.add(shown_text(value, shape), path, constraint);
    }
  }

  Violations violations_;
};

}  // namespace

void check_shape(const Json& body, std::span<const Shape> shapes) {
  check_member_types(body, shapes);
  Checker checker;
  checker.check_members(body, shapes, {});
  checker.throw_if_any();
}

void check_text(std::string_view value, std::string_view member, const Shape& shape) {
  Checker checker;
  checker.check(Json(value), shape, std::string(member));
  checker.throw_if_any();
}

}  // namespace emulator
