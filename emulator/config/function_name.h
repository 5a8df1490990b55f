// The forms in which Lambda takes a function's name: name, name:qualifier, partial ARN,
// full ARN; and where a function answers HTTP.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emulator {

struct FunctionName {
  std::string name;
  std::string qualifier{};  // empty: none was given
  std::string region{};     // of a full ARN; empty: none was given
};

// Nullopt: not a name (the API answers with a ValidationException).
std::optional<FunctionName> parse_function_name(std::string_view text);

inline constexpr std::string_view kFunctionUrlPrefix = "/_klambda/url/";
// On the control plane: "/_klambda/url/orders/", "/_klambda/url/orders:live/"
std::string function_url_path(const std::string& name, const std::string& qualifier = {});

}  // namespace emulator
