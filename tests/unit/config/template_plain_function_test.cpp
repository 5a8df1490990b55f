// AWS::Lambda::Function: CloudFormation's own spelling, and what `cdk synth` writes.
#include <chrono>
#include <filesystem>
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/config/template_support.h"

using namespace emulator;
using namespace std::chrono_literals;

namespace {

// The properties of a function F (line 4) that a mapping triggers.
std::string plain(const std::string& properties) {
  return "Resources:\n"
         "  F:\n"
         "    Type: AWS::Lambda::Function\n"
         "    Properties: {Handler: app.handler, Runtime: python3.12, " +
         properties +
         "}\n"
         "  M:\n"
         "    Type: AWS::Lambda::EventSourceMapping\n"
         "    Properties:\n"
         "      FunctionName: !Ref F\n"
         "      Topics: [orders]\n"
         "      SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ['localhost:9092']}}\n";
}

}  // namespace

TEST_CASE("plain: a function has its properties, and a mapping triggers it") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / "code");
  const auto application =
      read(directory,
           "Globals: {Function: {Timeout: 99}}\n" +
               plain("FunctionName: orders, Code: ./code, Timeout: 20, MemorySize: 256, Role: r, "
                     "Environment: {Variables: {STAGE: dev}}, TracingConfig: {Mode: Active}, "
                     "EphemeralStorage: {Size: 600}, DeadLetterConfig: {TargetArn: "
                     "'arn:aws:sqs:us-east-1:000000000000:failed'}"));
  CHECK(application.warnings.empty());
  REQUIRE(application.functions.size() == 1);
  const auto& function = application.functions.front();
  CHECK(function.name == "orders");
  CHECK(function.code_dir == directory.path() / "code");
  CHECK(function.timeout == 20s);
  CHECK(function.memory_mb == 256);
  CHECK(function.ephemeral_storage_mb == 600);
  CHECK(function.environment.at("STAGE") == "dev");
  CHECK(function.dead_letter_arn == "arn:aws:sqs:us-east-1:000000000000:failed");
  REQUIRE(application.mappings.size() == 1);
  CHECK(application.mappings.front().function_name == "orders");
}

TEST_CASE("plain: Globals are SAM's and do not count") {
  const auto application = read("Globals: {Function: {Timeout: 99}}\n" + plain("Code: ."));
  CHECK(application.functions.front().timeout == 3s);
}

TEST_CASE("plain: code in S3 is what cdk synth put beside the template") {
  const TemporaryDirectory directory;
  const auto cdk_out = directory.path() / "cdk.out";
  const auto stage = cdk_out / "assembly-Dev";
  const std::string code = "Code: {S3Bucket: !Sub 'assets-${AWS::Region}', S3Key: c0de.zip}";
  const auto code_dir = [&](const std::filesystem::path& file) {
    return read_template(directory.write(file, plain(code)), {}, Strictness::Lenient, kControlPlane)
        .functions.front()
        .code_dir;
  };
  std::filesystem::create_directories(cdk_out / "asset.c0de");
  std::filesystem::create_directories(stage);
  CHECK(code_dir("cdk.out/S.template.json") == cdk_out / "asset.c0de");
  CHECK(code_dir("cdk.out/assembly-Dev/S.template.json") == cdk_out / "asset.c0de");
  std::filesystem::remove(cdk_out / "asset.c0de");
  directory.write("cdk.out/asset.c0de.zip", "zip");
  CHECK(code_dir("cdk.out/S.template.json") == cdk_out / "asset.c0de.zip");
}

TEST_CASE("plain: a layer's content is what cdk synth put beside the template") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / "asset.1a7e");
  const auto application =
      read(directory, plain("Code: ., Layers: [!Ref L]") +
                          "  L:\n"
                          "    Type: AWS::Lambda::LayerVersion\n"
                          "    Properties: {Content: {S3Bucket: b, S3Key: 1a7e.zip}}\n");
  CHECK(application.warnings.empty());
  CHECK(application.functions.front().layers ==
        std::vector<std::filesystem::path>{directory.path() / "asset.1a7e"});
}

TEST_CASE("plain: an image is named by Code") {
  const auto application = read(plain(
      "PackageType: Image, Code: {ImageUri: 'orders:1'}, ImageConfig: {Command: [app.other]}"));
  const auto& function = application.functions.front();
  CHECK(function.package_type == PackageType::Image);
  CHECK(function.image_uri == "orders:1");
  CHECK(function.image.command == std::vector<std::string>{"app.other"});
}

TEST_CASE("plain: managed instances are one step further down than SAM has them") {
  const auto application =
      read(plain("Code: ., MemorySize: 2048, CapacityProviderConfig: "
                 "{LambdaManagedInstancesCapacityProviderConfig: {CapacityProviderArn: a, "
                 "PerExecutionEnvironmentMaxConcurrency: 4}}"));
  const auto& managed = application.functions.front().managed_instances;
  REQUIRE(managed);
  CHECK(managed->capacity_provider_arn == "a");
  CHECK(managed->max_concurrency == 4);
}

TEST_CASE("plain: what does not run is said when a mapping triggers it") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"Code: {S3Bucket: b, S3Key: k.zip}",
       "t.yaml:4: Code of F points to S3: klambda needs a local directory or zip, Code: "
       "./directory, or the template as cdk synth writes it, beside its assets"},
      {"Code: s3://b/k.zip",
       "t.yaml:4: Code of F points to S3: klambda needs a local directory or zip, Code: "
       "./directory, or the template as cdk synth writes it, beside its assets"},
      {"Code: nowhere", "t.yaml:4: Code of F is nowhere: there is no directory nowhere"},
      {"PackageType: Image, Code: .", "t.yaml:4: Code of F is a single value: it must be a map"},
      {"Code: ., DeadLetterConfig: {}",
       "t.yaml:4: TargetArn of DeadLetterConfig of F is missing: give the ARN of a queue or a "
       "topic"},
      {"Code: ., CapacityProviderConfig: {LambdaManagedInstancesCapacityProviderConfig: {}}",
       "t.yaml:4: CapacityProviderArn of LambdaManagedInstancesCapacityProviderConfig of "
       "CapacityProviderConfig of F is missing: it is the ARN of a capacity provider, which "
       "klambda only shows"},
  };
  for (const auto& [properties, line] : table) {
    CAPTURE(properties);
    CHECK(mistake(plain(properties)) == line);
  }
}

TEST_CASE("plain: code that stands in the template") {
  std::string text = plain("Code: {ZipFile: !Sub 'r = \"${AWS::Region}\"'}");
  const auto code_in = [&text] { return read(text).functions.front().inline_code.value(); };
  CHECK(code_in().file == "index.py");
  CHECK(code_in().text == "r = \"us-east-1\"");
  const auto change = [&text](const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
  };
  change("python3.12", "nodejs22.x");
  CHECK(code_in().file == "index.js");
  change("nodejs22.x", "java21");
  CHECK(mistake(text) ==
        "t.yaml:4: Code of F is text, which only Python and Node.js run: write the code to a file "
        "and name its directory with Code");
  change("Lambda::Function", "Serverless::Function");
  change("Code: {ZipFile: ", "InlineCode: ");
  change("'}", "'");
  change("java21", "python3.13");
  CHECK(code_in().text == "r = \"us-east-1\"");
}

TEST_CASE("plain: SAM's properties are not CloudFormation's") {
  CHECK(read(plain("CodeUri: .")).warnings ==
        std::vector<std::string>{"t.yaml:4: CodeUri of F is ignored: klambda knows no such "
                                 "property of AWS::Lambda::Function"});
}

TEST_CASE("plain: a function of another kind that nothing triggers is left out") {
  CHECK(read(plain("Code: .") +
             "  G: {Type: AWS::Lambda::Function, Properties: {Code: {S3Bucket: x}, Handler: "
             "index.handler, Runtime: nodejs22.x}}\n")
            .warnings ==
        std::vector<std::string>{
            "t.yaml:11: function G is left out, no Kafka event triggers it: t.yaml:11: Code of G "
            "points to S3: klambda needs a local directory or zip, Code: ./directory, or the "
            "template as cdk synth writes it, beside its assets"});
}
