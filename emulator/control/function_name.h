// The forms in which the Lambda API takes a function's name: name, name:qualifier, partial ARN,
// full ARN.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emulator {

struct FunctionName {
  std::string name;
  std::string qualifier;  // empty: none was given
};

// Nullopt: not a name (AWS answers with a ValidationException).
std::optional<FunctionName> parse_function_name(std::string_view text);

std::string percent_decode(std::string_view text);
// The decoded value of one query parameter; nullopt when it is absent.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace emulator
