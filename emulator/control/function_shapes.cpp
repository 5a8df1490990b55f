#include "emulator/control/function_shapes.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "emulator/config/managed_instances.h"

namespace emulator {
namespace {

using Type = Shape::Type;
using runtime_api::InstanceKind;
using Word = std::string_view;

template <std::size_t N, std::size_t M>
constexpr std::array<Shape, N + M> joined(const std::array<Shape, N>& first,
                                          const std::array<Shape, M>& second) {
  std::array<Shape, N + M> all;
  for (std::size_t i = 0; i < N; ++i) all[i] = first[i];
  for (std::size_t i = 0; i < M; ++i) all[N + i] = second[i];
  return all;
}

constexpr Word kFunctionName =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?)"
    R"((\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?)";
constexpr Word kRole = R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)";
constexpr Word kArn = R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())";
constexpr Word kCapacityProviderArn =
    R"(arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:)"
    R"(capacity-provider:[a-zA-Z0-9-_]+)";
constexpr Word kTagText = R"(([\p{L}\p{Z}\p{N}_.:/=+\-@]*))";
constexpr Word kLayerArn =
    R"(((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:)"
    R"(layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)))";
constexpr Word kFileSystemArn =
    R"(arn:aws[a-zA-Z-]*:elasticfilesystem:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)"
    R"(\d{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/)"
    R"(fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40})";

constexpr std::array<Word, 2> kStorageModes{"COPY", "REFERENCE"};
constexpr std::array<Word, 2> kTracingModes{"Active", "PassThrough"};
constexpr std::array<Word, 2> kPackageTypes{"Zip", "Image"};
constexpr std::array<Word, 2> kArchitectures{"x86_64", "arm64"};
constexpr std::array<Word, 2> kSnapStarts{"PublishedVersions", "None"};
constexpr std::array<Word, 2> kLogFormats{"JSON", "Text"};
constexpr std::array<Word, 6> kApplicationLevels{"TRACE", "DEBUG", "INFO",
                                                 "WARN",  "ERROR", "FATAL"};
constexpr std::array<Word, 3> kSystemLevels{"DEBUG", "INFO", "WARN"};

constexpr std::array<Shape, 7> kCode{{
    {.member = "ZipFile", .type = Type::Blob},
    {.member = "S3Bucket", .min = 3, .max = 63, .pattern = R"([0-9A-Za-z\.\-_]*(?<!\.))"},
    {.member = "S3Key", .min = 1, .max = 1024},
    {.member = "S3ObjectVersion", .min = 1, .max = 1024},
    {.member = "S3ObjectStorageMode", .words = kStorageModes},
    {.member = "ImageUri"},
    {.member = "SourceKMSKeyArn", .min = 0, .max = 10'000, .pattern = kArn},
}};
constexpr std::array<Shape, 1> kArchitecture{{{.words = kArchitectures}}};
constexpr std::array<Shape, 1> kArchitecturesMember{{{.member = "Architectures",
                                                      .type = Type::List,
                                                      .min = 1,
                                                      .max = 1,
                                                      .members = kArchitecture}}};
constexpr std::array<Shape, 1> kSubnet{{{.min = 0, .max = 1024, .pattern = "subnet-[0-9a-z]*"}}};
constexpr std::array<Shape, 1> kSecurityGroup{
    {{.min = 0, .max = 1024, .pattern = "sg-[0-9a-zA-Z]*"}}};
constexpr std::array<Shape, 3> kVpc{{
    {.member = "SubnetIds", .type = Type::List, .min = 0, .max = 16, .members = kSubnet},
    {.member = "SecurityGroupIds",
     .type = Type::List,
     .min = 0,
     .max = 5,
     .members = kSecurityGroup},
    {.member = "Ipv6AllowedForDualStack", .type = Type::Flag},
}};
constexpr std::array<Shape, 1> kDeadLetters{
    {{.member = "TargetArn", .min = 0, .max = 10'000, .pattern = kArn}}};
constexpr std::array<Shape, 2> kVariable{{{.pattern = "[a-zA-Z]([a-zA-Z0-9_])+"}, {}}};
constexpr std::array<Shape, 1> kEnvironment{{{.member = "Variables",
                                              .type = Type::Map,
                                              .members = kVariable,
                                              .shown = Shape::Shown::Nothing}}};
constexpr std::array<Shape, 1> kTracing{{{.member = "Mode", .words = kTracingModes}}};
constexpr std::array<Shape, 2> kTag{
    {{.min = 1, .max = 128, .pattern = kTagText}, {.min = 0, .max = 256, .pattern = kTagText}}};
constexpr std::array<Shape, 1> kLayer{{{.min = 1, .max = 2048, .pattern = kLayerArn}}};
constexpr std::array<Shape, 2> kFileSystemMembers{{
    {.member = "Arn", .required = true, .min = 0, .max = 256, .pattern = kFileSystemArn},
    {.member = "LocalMountPath",
     .required = true,
     .min = 0,
     .max = 160,
     .pattern = "/mnt/[a-zA-Z0-9-_.]+"},
}};
constexpr std::array<Shape, 1> kFileSystem{{{.type = Type::Object, .members = kFileSystemMembers}}};
constexpr std::array<Shape, 1> kWordOfCommand{{{}}};
constexpr std::array<Shape, 3> kImage{{
    {.member = "EntryPoint", .type = Type::List, .min = 0, .max = 1500, .members = kWordOfCommand},
    {.member = "Command", .type = Type::List, .min = 0, .max = 1500, .members = kWordOfCommand},
    {.member = "WorkingDirectory", .min = 0, .max = 1000},
}};
constexpr std::array<Shape, 1> kStorage{
    {{.member = "Size", .type = Type::Integer, .required = true, .min = 512, .max = 10'240}}};
constexpr std::array<Shape, 1> kSnapStart{{{.member = "ApplyOn", .words = kSnapStarts}}};
constexpr std::array<Shape, 4> kLogging{{
    {.member = "LogFormat", .words = kLogFormats},
    {.member = "ApplicationLogLevel", .words = kApplicationLevels},
    {.member = "SystemLogLevel", .words = kSystemLevels},
    {.member = "LogGroup", .min = 1, .max = 512, .pattern = R"([\.\-_/#A-Za-z0-9]+)"},
}};

constexpr std::array<Shape, 3> kInstances{{
    {.member = "CapacityProviderArn",
     .required = true,
     .min = 1,
     .max = 140,
     .pattern = kCapacityProviderArn},
    {.member = "PerExecutionEnvironmentMaxConcurrency",
     .type = Type::Integer,
     .min = kEnvironmentConcurrency.min,
     .max = kEnvironmentConcurrency.max},
    {.member = "ExecutionEnvironmentMemoryGiBPerVCpu", .type = Type::Number, .min = 2, .max = 8},
}};
constexpr std::array<Shape, 1> kCapacityProvider{
    {{.member = "LambdaManagedInstancesCapacityProviderConfig",
      .type = Type::Object,
      .required = true,
      .members = kInstances}}};

// Of CreateFunction and UpdateFunctionConfiguration alike. Runtime is no word of a set here: its
// violation is the operation's own error.
constexpr std::array<Shape, 21> configuration(Range timeout_seconds, Range memory_mb) {
  return {{
      {.member = "Runtime"},
      {.member = "Handler", .min = 0, .max = 128, .pattern = R"([^\s]+)"},
      {.member = "Description", .min = 0, .max = 256},
      {.member = "Timeout",
       .type = Type::Integer,
       .min = timeout_seconds.min,
       .max = timeout_seconds.max},
      {.member = "MemorySize", .type = Type::Integer, .min = memory_mb.min, .max = memory_mb.max},
      {.member = "VpcConfig", .type = Type::Object, .members = kVpc},
      {.member = "DeadLetterConfig", .type = Type::Object, .members = kDeadLetters},
      {.member = "Environment", .type = Type::Object, .members = kEnvironment},
      {.member = "KMSKeyArn", .min = 0, .max = 10'000, .pattern = kArn},
      {.member = "TracingConfig", .type = Type::Object, .members = kTracing},
      {.member = "Layers", .type = Type::List, .members = kLayer},
      {.member = "FileSystemConfigs",
       .type = Type::List,
       .min = 0,
       .max = 1,
       .members = kFileSystem},
      {.member = "ImageConfig", .type = Type::Object, .members = kImage},
      {.member = "EphemeralStorage", .type = Type::Object, .members = kStorage},
      {.member = "SnapStart", .type = Type::Object, .members = kSnapStart},
      {.member = "LoggingConfig", .type = Type::Object, .members = kLogging},
      {.member = "CapacityProviderConfig", .type = Type::Object, .members = kCapacityProvider},
      {.member = "DurableConfig", .type = Type::Object},
      {.member = "RuntimeConfig", .type = Type::Object},
      {.member = "AcceleratorConfig", .type = Type::Object},
      {.member = "TenancyConfig", .type = Type::Object},
  }};
}
constexpr auto kConfiguration = configuration(kTimeoutSeconds, kMemoryMb);
constexpr auto kManagedConfiguration = configuration(kManagedTimeoutSeconds, kManagedMemoryMb);

constexpr auto kNew =
    joined(std::array<Shape, 8>{{
               {.member = "FunctionName",
                .required = true,
                .min = 1,
                .max = 140,
                .pattern = kFunctionName},
               {.member = "Role", .required = true, .min = 0, .max = 10'000, .pattern = kRole},
               {.member = "Code", .type = Type::Object, .required = true, .members = kCode},
               {.member = "Publish", .type = Type::Flag},
               {.member = "PublishTo"},
               {.member = "PackageType", .words = kPackageTypes},
               {.member = "Tags", .type = Type::Map, .members = kTag},
               {.member = "CodeSigningConfigArn", .min = 0, .max = 200},
           }},
           kArchitecturesMember);
constexpr auto kCreate = joined(kNew, kConfiguration);
constexpr auto kManagedCreate = joined(kNew, kManagedConfiguration);

constexpr auto kUpdateCode = joined(joined(std::array<Shape, 4>{{
                                               {.member = "Publish", .type = Type::Flag},
                                               {.member = "PublishTo"},
                                               {.member = "DryRun", .type = Type::Flag},
                                               {.member = "RevisionId"},
                                           }},
                                           kArchitecturesMember),
                                    kCode);

constexpr std::array<Shape, 2> kUpdated{
    {{.member = "Role", .min = 0, .max = 10'000, .pattern = kRole}, {.member = "RevisionId"}}};
constexpr auto kUpdateConfiguration = joined(kUpdated, kConfiguration);
constexpr auto kManagedUpdateConfiguration = joined(kUpdated, kManagedConfiguration);

}  // namespace

constexpr Shape kQualifierShape{
    .min = 1, .max = 128, .pattern = R"(\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+)"};

std::span<const Shape> create_function_shapes(runtime_api::InstanceKind instances) {
  if (instances == InstanceKind::Managed) return kManagedCreate;
  return kCreate;
}
std::span<const Shape> update_function_code_shapes() {
  return kUpdateCode;
}
std::span<const Shape> update_function_configuration_shapes(runtime_api::InstanceKind instances) {
  if (instances == InstanceKind::Managed) return kManagedUpdateConfiguration;
  return kUpdateConfiguration;
}

}  // namespace emulator
