// CapacityProviderConfig: docs.aws.amazon.com/serverless-application-model/latest/developerguide,
// sam-property-function-capacityproviderconfig.html; docs.aws.amazon.com/AWSCloudFormation,
// aws-properties-lambda-function-capacityproviderconfig.html
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
constexpr std::string_view kPlainArn = "CapacityProviderArn";
constexpr std::array kServerless =
    std::to_array<Property>({{"Arn"}, {kConcurrency}, {kMemory}, {kCloudFormation}});
constexpr std::array kPlain = std::to_array<Property>({{kCloudFormation}});
constexpr std::array kPlainMembers =
    std::to_array<Property>({{kPlainArn}, {kConcurrency}, {kMemory}});

double read_memory(const Section& section, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < kMemoryGibPerVcpuMin ||
      value > kMemoryGibPerVcpuMax)
    section.fail(kMemory, "is \"" + text + "\": it must be a number between 2 and 8");
  return value;
}

ManagedInstances read_members(const Section& section, std::string_view arn) {
  if (!section.has(arn))
    section.fail(arn, "is missing: it is the ARN of a capacity provider, which klambda only shows");
  ManagedInstances managed;
  managed.capacity_provider_arn = section.text(arn).value_or("");
  if (const auto number = section.integer(kConcurrency, kEnvironmentConcurrency))
    managed.set_concurrency = static_cast<int>(*number);
  if (const auto memory = section.text(kMemory))
    managed.memory_gib_per_vcpu = read_memory(section, *memory);
  return managed;
}

}  // namespace

std::optional<ManagedInstances> read_managed_instances(Kind kind, const Section& function) {
  std::optional<ManagedInstances> managed;
  if (kind == Kind::Plain) {
    function.within(kName, kPlain, [&](const Section& section) {
      section.within(kCloudFormation, kPlainMembers,
                     [&](const Section& members) { managed = read_members(members, kPlainArn); });
    });
    return managed;
  }
  function.within(kName, kServerless, [&](const Section& section) {
    if (section.has(kCloudFormation)) {
      section.fail(kCloudFormation,
                   "is how AWS::Lambda::Function writes it: in an "
                   "AWS::Serverless::Function its members stand one step up, and "
                   "CapacityProviderArn is Arn");
    }
    managed = read_members(section, "Arn");
  });
  return managed;
}

}  // namespace emulator::sam
