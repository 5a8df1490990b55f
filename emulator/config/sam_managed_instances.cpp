// CapacityProviderConfig: docs.aws.amazon.com/serverless-application-model/latest/developerguide,
// sam-property-function-capacityproviderconfig.html
#include <array>
#include <charconv>
#include <string_view>

#include "emulator/config/managed_instances.h"
#include "emulator/config/sam.h"

namespace emulator::sam {
namespace {

constexpr std::string_view kName = "CapacityProviderConfig";
constexpr std::string_view kConcurrency = "PerExecutionEnvironmentMaxConcurrency";
constexpr std::string_view kMemory = "ExecutionEnvironmentMemoryGiBPerVCpu";
// What AWS::Lambda::Function has in its place.
constexpr std::string_view kCloudFormation = "LambdaManagedInstancesCapacityProviderConfig";
constexpr std::array kProperties =
    std::to_array<Property>({{"Arn"}, {kConcurrency}, {kMemory}, {kCloudFormation}});

double read_memory(const Section& section, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < kMemoryGibPerVcpuMin ||
      value > kMemoryGibPerVcpuMax)
    section.fail(kMemory, "is \"" + text + "\": it must be a number between 2 and 8");
  return value;
}

}  // namespace

std::optional<ManagedInstances> read_managed_instances(const Section& function) {
  std::optional<ManagedInstances> managed;
  function.within(kName, kProperties, [&](const Section& section) {
    managed.emplace();
    if (section.has(kCloudFormation)) {
      section.fail(kCloudFormation,
                   "is how AWS::Lambda::Function writes it: in an "
                   "AWS::Serverless::Function its members stand one step up, and "
                   "CapacityProviderArn is Arn");
    }
    if (!section.has("Arn"))
      section.fail("Arn",
                   "is missing: it is the ARN of a capacity provider, which klambda only "
                   "shows");
    managed->capacity_provider_arn = section.text("Arn").value_or("");
    if (const auto number = section.integer(kConcurrency, kEnvironmentConcurrency))
      managed->set_concurrency = static_cast<int>(*number);
    if (const auto memory = section.text(kMemory))
      managed->memory_gib_per_vcpu = read_memory(section, *memory);
  });
  return managed;
}

}  // namespace emulator::sam
