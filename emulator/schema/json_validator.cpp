#include "emulator/schema/json_validator.h"

#include <algorithm>
#include <cmath>

#include "emulator/schema/value_path.h"

namespace emulator {
namespace {

using Json = nlohmann::json;
using Node = JsonSchemaNode;

// Of one validation: schemas that are held against a value. A tenth of a second or so.
constexpr std::size_t kStepsMax = 1'000'000;
constexpr std::size_t kStepsPerByte = 100;
constexpr std::size_t kNodeDepthMax = 1'000;  // schemas within schemas, followed for one value

bool is_whole(const Json& number) {
  return number.is_number_integer() ||
         (number.is_number_float() && std::trunc(number.get<double>()) == number.get<double>());
}

bool is_of(const Json& value, unsigned types) {
  switch (value.type()) {
    case Json::value_t::null:
      return (types & Node::Null) != 0;
    case Json::value_t::boolean:
      return (types & Node::Boolean) != 0;
    case Json::value_t::string:
      return (types & Node::String) != 0;
    case Json::value_t::array:
      return (types & Node::Array) != 0;
    case Json::value_t::object:
      return (types & Node::Object) != 0;
    default:
      return (types & Node::Number) != 0 || ((types & Node::Integer) != 0 && is_whole(value));
  }
}

bool is_multiple(double number, double divisor) {
  const double quotient = number / divisor;
  // 0.0075 / 0.0001 is not quite 75.
  return std::isfinite(quotient) &&
         std::abs(quotient - std::round(quotient)) <= 1e-9 * std::max(1.0, std::abs(quotient));
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  }));
}

bool is_within(std::size_t count, const Node::Range& range) {
  return count >= range.least && count <= range.most;
}

bool are_unique(const Json& items) {
  std::vector<const Json*> sorted;
  for (const Json& item : items) sorted.push_back(&item);
  std::sort(sorted.begin(), sorted.end(), [](const Json* a, const Json* b) { return *a < *b; });
  return std::adjacent_find(sorted.begin(), sorted.end(),
                            [](const Json* a, const Json* b) { return *a == *b; }) == sorted.end();
}

class Validator {
 public:
  explicit Validator(std::size_t bytes) : steps_left_(kStepsMax + kStepsPerByte * bytes) {}

  std::optional<std::string> run(const Json& value, const Node& root) {
    if (fits(value, root)) return std::nullopt;
    return fault_;
  }

 private:
  // Remembers the first fault, unless it only decides between alternatives. Always false.
  bool refuse(const std::string& what) {
    if (quiet_ == 0 && fault_.empty()) fault_ = path_.text() + " " + what;
    return false;
  }

  bool fits(const Json& value, const Node& node) {
    if (steps_left_-- == 0) throw DecodeError("the value takes too long to validate");
    if (depth_ == kNodeDepthMax)
      throw DecodeError("the JSON schema leads back to itself without an end");
    ++depth_;
    const bool result = fits_all(value, node);
    --depth_;
    return result;
  }

  bool fits_quietly(const Json& value, const Node& node) {
    ++quiet_;
    const bool result = fits(value, node);
    --quiet_;
    return result;
  }

  bool fits_all(const Json& value, const Node& node) {
    if (node.never) return refuse("is not allowed by the schema");
    if (node.reference != nullptr && !fits(value, *node.reference)) return false;
    if (node.types != 0 && !is_of(value, node.types))
      return refuse(std::string("is of the type ") + value.type_name() +
                    ", which the schema does not allow");
    if (node.constant && value != *node.constant) return refuse("is not the schema's constant");
    if (node.values &&
        std::find(node.values->begin(), node.values->end(), value) == node.values->end())
      return refuse("is none of the schema's values");
    if (value.is_number() && !fits_number(value, node)) return false;
    if (value.is_string() && !fits_text(value.get_ref<const std::string&>(), node)) return false;
    if (value.is_array() && !fits_array(value, node)) return false;
    if (value.is_object() && !fits_object(value, node)) return false;
    return fits_combined(value, node);
  }

  bool fits_number(const Json& value, const Node& node) {
    if (!node.minimum.is_null() && value < node.minimum)
      return refuse("is less than " + node.minimum.dump());
    if (!node.maximum.is_null() && value > node.maximum)
      return refuse("is more than " + node.maximum.dump());
    if (!node.exclusive_minimum.is_null() && value <= node.exclusive_minimum)
      return refuse("is not more than " + node.exclusive_minimum.dump());
    if (!node.exclusive_maximum.is_null() && value >= node.exclusive_maximum)
      return refuse("is not less than " + node.exclusive_maximum.dump());
    if (node.multiple_of && !is_multiple(value.get<double>(), *node.multiple_of))
      return refuse("is no multiple of " + Json(*node.multiple_of).dump());
    return true;
  }

  bool fits_text(const std::string& text, const Node& node) {
    if (!is_within(characters(text), node.length)) return refuse("has too few or many characters");
    if (node.pattern && !node.pattern->found_in(text))
      return refuse("does not match the schema's pattern");
    return true;
  }

  void enter() {
    if (!path_.enter())
      throw DecodeError("values are nested more than " + std::to_string(kValueDepthMax) +
                        " levels deep");
  }

  bool fits_array(const Json& array, const Node& node) {
    if (!is_within(array.size(), node.item_count)) return refuse("has too few or many items");
    if (node.unique_items && !are_unique(array)) return refuse("has the same item twice");
    enter();
    std::size_t contained = 0;
    bool fitting = true;
    for (std::size_t i = 0; i < array.size() && fitting; ++i) {
      path_.at(i);
      const Node* of_item = i < node.first_items.size() ? node.first_items[i] : node.other_items;
      fitting = of_item == nullptr || fits(array[i], *of_item);
      if (node.contains != nullptr && fits_quietly(array[i], *node.contains)) ++contained;
    }
    path_.leave();
    if (fitting && node.contains != nullptr && !is_within(contained, node.contains_count))
      return refuse("has too few or many items of the kind that it must contain");
    return fitting;
  }

  bool fits_object(const Json& object, const Node& node) {
    if (!is_within(object.size(), node.property_count))
      return refuse("has too few or many members");
    for (const std::string& name : node.required) {
      if (!object.contains(name)) return refuse("has no member \"" + name + "\"");
    }
    for (const auto& [name, others] : node.dependent_required) {
      if (!object.contains(name)) continue;
      for (const std::string& other : others) {
        if (!object.contains(other))
          return refuse("has \"" + name + "\", but no member \"" + other + "\"");
      }
    }
    for (const auto& [name, schema] : node.dependent_schemas) {
      if (object.contains(name) && !fits(object, *schema)) return false;
    }
    enter();
    bool fitting = true;
    for (auto member = object.begin(); member != object.end() && fitting; ++member) {
      path_.at(member.key());
      fitting = fits_member(member.key(), member.value(), node);
    }
    path_.leave();
    return fitting;
  }

  bool fits_member(const std::string& name, const Json& value, const Node& node) {
    if (node.property_names != nullptr && !fits(Json(name), *node.property_names)) return false;
    bool is_known = false;
    if (const auto property = node.properties.find(name); property != node.properties.end()) {
      is_known = true;
      if (!fits(value, *property->second)) return false;
    }
    for (const auto& [pattern, schema] : node.pattern_properties) {
      if (!pattern.found_in(name)) continue;
      is_known = true;
      if (!fits(value, *schema)) return false;
    }
    return is_known || node.other_properties == nullptr || fits(value, *node.other_properties);
  }

  bool fits_combined(const Json& value, const Node& node) {
    for (const Node* one : node.all_of) {
      if (!fits(value, *one)) return false;
    }
    const auto fits_one = [&](const Node* one) { return fits_quietly(value, *one); };
    if (!node.any_of.empty() && std::none_of(node.any_of.begin(), node.any_of.end(), fits_one))
      return refuse("fits none of the schemas of which it must fit one (anyOf)");
    if (!node.one_of.empty() &&
        std::count_if(node.one_of.begin(), node.one_of.end(), fits_one) != 1)
      return refuse("does not fit exactly one of the schemas (oneOf)");
    if (node.negated != nullptr && fits_quietly(value, *node.negated))
      return refuse("fits a schema that it must not fit (not)");
    if (node.condition == nullptr) return true;
    const Node* then = fits_quietly(value, *node.condition) ? node.consequence : node.alternative;
    return then == nullptr || fits(value, *then);
  }

  ValuePath path_;
  std::string fault_;
  std::size_t quiet_ = 0;  // validations that only decide between alternatives
  std::size_t depth_ = 0;
  std::size_t steps_left_;
};

}  // namespace

std::optional<std::string> fault_of(const Json& value, std::size_t bytes,
                                    const JsonSchema& schema) {
  return Validator(bytes).run(value, schema.root());
}

}  // namespace emulator
