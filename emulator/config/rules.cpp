#include "emulator/config/rules.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr std::size_t kFunctionNameMax = 64;
constexpr std::size_t kHandlerMax = 128;
constexpr std::size_t kTopicMax = 249;
constexpr std::size_t kConsumerGroupMax = 200;
constexpr std::size_t kEnvironmentBytesMax = 4'096;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Problem check_range(std::int64_t value, Range range) {
  if (value >= range.min && value <= range.max) return std::nullopt;
  return "it must be between " + std::to_string(range.min) + " and " + std::to_string(range.max);
}

Problem check_function_name(std::string_view name) {
  if (!name.empty() && name.size() <= kFunctionNameMax && consists_of(name, "-_"))
    return std::nullopt;
  return "a function's name has 1 to 64 letters, digits, '-' and '_'";
}

Problem check_handler(std::string_view handler) {
  const bool blank = handler.find_first_of(" \t\r\n") != std::string_view::npos;
  if (!handler.empty() && handler.size() <= kHandlerMax && !blank) return std::nullopt;
  return "a handler is written FILE.FUNCTION, without blanks, at most 128 characters";
}

Problem check_topic(std::string_view topic) {
  if (!topic.empty() && topic.size() <= kTopicMax && topic.front() != '.' &&
      consists_of(topic, "-_.")) {
    return std::nullopt;
  }
  return "a topic's name has 1 to 249 letters, digits, '-', '_' and '.', and does not begin with "
         "'.'";
}

Problem check_consumer_group(std::string_view group) {
  if (!group.empty() && group.size() <= kConsumerGroupMax && consists_of(group, " -/*:_+=.@"))
    return std::nullopt;
  return "a consumer group's name has 1 to 200 letters, digits, blanks and the characters "
         "-/*:_+=.@";
}

Problem check_runtime(std::string_view runtime) {
  for (const std::string_view family :
       {"python3", "nodejs", "java", "ruby", "dotnet", "provided"}) {
    if (!starts_with(runtime, family)) continue;
    // "python3.12", "nodejs22.x", "java17.al2023", "provided.al2023", or the family alone
    const auto version = runtime.substr(family.size());
    const bool dotted = family == "python3" || family == "provided";
    const bool begins_well =
        version.empty() || (dotted ? version.front() == '.' : is_digit(version.front()));
    if (consists_of(version, ".") && begins_well) return std::nullopt;
  }
  if (runtime == "go1.x") {
    return "Lambda has it no more: build the program under the name bootstrap and say "
           "provided.al2023";
  }
  return "no such runtime" +
         did_you_mean(runtime, {"python3.12", "python3.13", "nodejs20.x", "nodejs22.x", "java21",
                                "ruby3.4", "dotnet8", "provided.al2023"}) +
         ": klambda starts python3.*, nodejs*, java*, ruby*, dotnet* and provided.*, and any "
         "command that speaks the Runtime API (in a template Metadata: {klambda: {Command: […]}}, "
         "with 'klambda run' --command)";
}

bool is_provided_runtime(std::string_view runtime) {
  return starts_with(runtime, "provided");
}

Problem check_variable_name(std::string_view name, RoleVariables role_variables) {
  if (is_one_of(kReservedVariables, name) ||
      (role_variables == RoleVariables::Refused && is_one_of(kRoleVariables, name))) {
    return "Lambda reserves this name for itself: choose another one";
  }
  const bool letter_first =
      !name.empty() && is_ascii_alphanumeric(name.front()) && (name.front() > '9');
  if (letter_first && name.size() >= 2 && consists_of(name, "_")) return std::nullopt;
  return "a variable's name begins with a letter and has at least two letters, digits and '_'";
}

Problem check_environment_size(const std::map<std::string, std::string>& environment) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : environment) bytes += name.size() + value.size();
  if (bytes <= kEnvironmentBytesMax) return std::nullopt;
  return "they have " + std::to_string(bytes) + " bytes in all, AWS accepts at most 4096 (4 KB)";
}

}  // namespace emulator
