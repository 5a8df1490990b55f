// Functions with a capacity provider (Lambda managed instances): what AWS allows and assumes.
// Source: docs lambda-managed-instances-*.html.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "emulator/config/rules.h"

namespace emulator {

// docs API_LambdaManagedInstancesCapacityProviderConfig.html
inline constexpr Range kEnvironmentConcurrency{1, 1'600};
inline constexpr double kMemoryGibPerVcpuMin = 2;
inline constexpr double kMemoryGibPerVcpuMax = 8;
// docs API_CreateFunction.html gives these as everybody's; that others keep 900 and 10,240 is known
// from the API's answers.
inline constexpr Range kManagedTimeoutSeconds{1, 5'400};
inline constexpr Range kManagedMemoryMb{128, 32'768};

// Invocations in one environment at a time, where the function does not say how many: so many for
// each vCPU, by the runtime (docs lambda-managed-instances-<language>-runtime.html). That other
// OS-only runtimes have Rust's number is an inference.
int default_environment_concurrency(std::string_view runtime, int memory_mb,
                                    std::optional<double> memory_gib_per_vcpu);

}  // namespace emulator
