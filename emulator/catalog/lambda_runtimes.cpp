#include "emulator/catalog/lambda_runtimes.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "emulator/catalog/api_error.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

// In the order of AWS's error text.
constexpr auto kRuntimes = std::to_array<std::string_view>(
    {"nodejs20.x", "python3.14", "provided.al2023", "python3.12",   "python3.13",
     "nodejs24.x", "nodejs22.x", "java25",          "python3.10",   "python3.11",
     "java21",     "ruby3.3",    "ruby3.4",         "ruby3.2",      "python3.8",
     "python3.9",  "java17",     "nodejs16.x",      "dotnet10",     "dotnet8",
     "java11",     "dotnet6",    "nodejs18.x",      "provided.al2", "java8.al2"});
// Newer than that text.
constexpr auto kNewRuntimes = std::to_array<std::string_view>(
    {"nodejs26.x", "python3.15", "ruby4.0", "java8.al2023", "java11.al2023", "java17.al2023"});
constexpr auto kOldRuntimes = std::to_array<std::string_view>(
    {"nodejs",        "nodejs4.3",  "nodejs4.3-edge", "nodejs6.10",    "nodejs8.10",
     "nodejs10.x",    "nodejs12.x", "nodejs14.x",     "java8",         "python2.7",
     "python3.6",     "python3.7",  "dotnetcore1.0",  "dotnetcore2.0", "dotnetcore2.1",
     "dotnetcore3.1", "go1.x",      "ruby2.5",        "ruby2.7",       "provided"});

template <std::size_t N>
bool has(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void require_runtime(std::string_view runtime) {
  if (has(kRuntimes, runtime) || has(kNewRuntimes, runtime)) return;
  if (has(kOldRuntimes, runtime)) {
    throw invalid_parameter_value(
        "The runtime parameter of " + std::string(runtime) +
        " is no longer supported for creating or updating AWS Lambda functions. We recommend you "
        "use a supported runtime while creating or updating functions.");
  }
  throw invalid_parameter_value(
      "Value " + std::string(runtime) +
      " at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [" +
      join({kRuntimes.begin(), kRuntimes.end()}, ", ") + "] or be a valid ARN");
}

bool has_snap_start(std::string_view runtime) {
  constexpr auto kSupported = std::to_array<std::string_view>(
      {"java11", "java11.al2023", "java17", "java17.al2023", "java21", "java25", "python3.12",
       "python3.13", "python3.14", "python3.15", "dotnet8", "dotnet10"});
  return has(kSupported, runtime);
}

}  // namespace emulator
