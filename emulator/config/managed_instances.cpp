#include "emulator/config/managed_instances.h"

#include <algorithm>

namespace emulator {
namespace {

int concurrency_per_vcpu(std::string_view runtime) {
  if (runtime.starts_with("nodejs")) return 64;
  if (runtime.starts_with("java") || runtime.starts_with("dotnet")) return 32;
  if (runtime.starts_with("python")) return 16;
  return 8;
}

}  // namespace

int default_environment_concurrency(std::string_view runtime, int memory_mb,
                                    std::optional<double> memory_gib_per_vcpu) {
  const double gib_per_vcpu = memory_gib_per_vcpu.value_or(kMemoryGibPerVcpuMin);
  const int vcpus = std::max(1, static_cast<int>(memory_mb / 1024.0 / gib_per_vcpu));
  return std::min(vcpus * concurrency_per_vcpu(runtime),
                  static_cast<int>(kEnvironmentConcurrency.max));
}

}  // namespace emulator
