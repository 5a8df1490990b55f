// A resource of a template that configures one of its functions: AWS::Lambda::EventInvokeConfig,
// AWS::Lambda::Url. What their readers and that of event source mappings have in common.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/config/function_name.h"
#include "emulator/config/sam.h"
#include "emulator/config/section.h"

namespace emulator::sam {

// The resource's own Properties, a map.
Value own_properties(const Value::Member& resource, const Context& context);

// The function that a property names, without knowing whether there is one.
FunctionName read_function_name(const Section& section, std::string_view property);

// Reads a resource of type `kind` whose `function_property` names the function:
// read(Section) -> std::optional<Config>.
template <class Config, class Read>
OfFunction<Config> read_of_function(const Value::Member& resource, std::string_view kind,
                                    std::string_view function_property,
                                    std::span<const Property> known, const Context& context,
                                    const Read& read) {
  const Value properties = own_properties(resource, context);
  const Section section(resource.name, properties, context.intrinsics, context.diagnostics);
  section.check_properties(known, std::string(kind));
  auto function = read_function_name(section, function_property);
  if (auto qualifier = section.text("Qualifier")) function.qualifier = *std::move(qualifier);
  return {resource.name, resource.line, std::move(function), read(section)};
}

}  // namespace emulator::sam
