#include "emulator/config/function_resource.h"

namespace emulator::sam {

Value own_properties(const Value::Member& resource, const Context& context) {
  const auto* own = resource.value.find("Properties");
  auto properties = own == nullptr || own->is_null() ? empty_map(resource.line) : *own;
  if (!properties.is_map())
    context.diagnostics.fail(properties.line, "Properties of " + resource.name + " must be a map");
  return properties;
}

FunctionName read_function_name(const Section& section, std::string_view property) {
  if (!section.has(property)) section.fail(property, "is missing: name the function, or !Ref it");
  const auto text = section.text(property);
  if (!text)
    section.fail(property, "has no function that klambda can read: write its name, or !Ref it");
  auto parsed = parse_function_name(*text);
  if (!parsed) section.fail(property, "is \"" + *text + "\": it must be a function's name or ARN");
  return *std::move(parsed);
}

}  // namespace emulator::sam
