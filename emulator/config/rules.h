// What AWS accepts as names, numbers and variables: shared by template and command line, which put
// file and line or the flag in front. Each check gives nullopt for a good value, else what is wrong
// and how to mend it, without a subject.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace emulator {

using Problem = std::optional<std::string>;

struct Range {
  std::int64_t min;
  std::int64_t max;
};

// docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html, API_PutFunctionConcurrency.html
inline constexpr Range kTimeoutSeconds{1, 900};
inline constexpr std::int64_t kKafkaTimeoutSecondsMax = 840;  // more is not supported for Kafka
inline constexpr Range kMemoryMb{128, 10'240};
inline constexpr Range kEphemeralStorageMb{512, 10'240};
inline constexpr Range kReservedConcurrency{0, 2'147'483'647};
// docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
inline constexpr Range kEventRetryAttempts{0, 2};
inline constexpr Range kEventAgeSeconds{60, 21'600};

Problem check_range(std::int64_t value, Range range);
Problem check_function_name(std::string_view name);
Problem check_handler(std::string_view handler);
Problem check_topic(std::string_view topic);
Problem check_consumer_group(std::string_view group);

// Runtimes that klambda starts by itself; the text names the cure for the others.
Problem check_runtime(std::string_view runtime);
bool is_provided_runtime(std::string_view runtime);

// One variable's name. `role_variables` are what AWS makes from the function's role (credentials,
// region).
enum class RoleVariables { Refused, Allowed };
Problem check_variable_name(std::string_view name, RoleVariables role_variables);
// All of them together.
Problem check_environment_size(const std::map<std::string, std::string>& environment);

}  // namespace emulator
