// The operations of event source mappings: bodies by golden files, and every error that klambda can
// make of those that AWS is known to answer.
#include "emulator/control/event_source_mappings.h"

#include <regex>

#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/fake_mappings.h"
#include "tests/support/golden.h"

using namespace emulator;
using namespace std::chrono_literals;
using ::test::FakeExchange;

namespace {

constexpr const char* kPath = "/2015-03-31/event-source-mappings";

struct Rig {
  emulator::test::FakeStarter starter;
  Mappings mappings{starter, {nullptr, [] {}, 1ms}};
  FunctionCatalog functions;
  Router router;

  Rig() {
    functions.change("f", [](const Function*) {
      Function function;
      function.latest.config.name = "f";
      function.versions[1] = function.latest;
      function.versions[1].version = "1";
      function.aliases["live"].name = "live";
      return function;
    });
    add_event_source_mappings(router, {mappings, starter, functions});
  }
  // Another one beside it, for --strict.
  Router strict() {
    Router other;
    add_event_source_mappings(other, {mappings, starter, functions, Strictness::Strict});
    return other;
  }
};

struct Answer {
  unsigned status = 0;
  std::string type;
  Json body;
};

Answer ask(const Router& router, const std::string& method, const std::string& target,
           const Json& body = Json::object()) {
  FakeExchange exchange(method, target, body.dump());
  const auto response = router.answer(exchange);
  Answer answer{response.status, {}, Json::parse(response.body)};
  for (const auto& [name, value] : response.headers) {
    if (name == "x-amzn-ErrorType") answer.type = value;
  }
  return answer;
}

Json body(const char* changes = "{}") {
  Json body = Json::parse(R"({"FunctionName": "f", "Topics": ["topic"], "Enabled": false,
      "SourceAccessConfigurations": [
        {"Type": "VPC_SUBNET", "URI": "subnet:subnet-1"}],
      "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}}})");
  body.merge_patch(Json::parse(changes));  // null takes a member away
  return body;
}

std::string error(const Answer& answer) {
  const auto message = answer.body.contains("message") ? "message" : "Message";
  return std::to_string(answer.status) + " " + answer.type + ": " +
         answer.body.value(message, answer.body.dump());
}
std::string error_of(const Router& router, const char* changes) {
  return error(ask(router, "POST", kPath, body(changes)));
}
std::string unsupported(const std::string& parameter) {
  return "400 InvalidParameterValueException: Unsupported '" + parameter +
         "' parameter for given event source mapping type.";
}

// A body with what differs from run to run made the same.
void check_body(const std::string& name, const Json& body) {
  std::string text = body.dump(2);
  text = std::regex_replace(text, std::regex(body["UUID"].get<std::string>()), "UUID");
  text =
      std::regex_replace(text, std::regex("\"LastModified\": [0-9.e]+"), "\"LastModified\": 1.5");
  emulator::test::check_golden(name, text);
}

}  // namespace

TEST_CASE_METHOD(Rig, "mapping: a mapping's configuration has AWS's members in AWS's order") {
  const auto created = ask(router, "POST", std::string(kPath) + "/", body());
  CHECK(created.status == 202);
  check_body("mapping_created.json", created.body);
  const std::string path = std::string(kPath) + "/" + created.body["UUID"].get<std::string>();
  const auto got = ask(router, "GET", path);
  CHECK(got.status == 200);
  CHECK(got.body["State"] == "Disabled");
  const auto deleted = ask(router, "DELETE", path + "/");
  CHECK(deleted.status == 202);
  CHECK(deleted.body["State"] == "Deleting");
  CHECK(error(ask(router, "GET", path)) ==
        "404 ResourceNotFoundException: The resource you requested does not exist.");
}

TEST_CASE_METHOD(Rig, "mapping: every parameter of Kafka is taken, kept and acted on") {
  const auto created = ask(router, "POST", kPath, body(R"({
      "FunctionName": "f:live", "StartingPosition": "AT_TIMESTAMP",
      "StartingPositionTimestamp": 1700000000.5, "BatchSize": 7,
      "MaximumBatchingWindowInSeconds": 3,
      "FilterCriteria": {"Filters": [{"Pattern": "{\"value\": {\"a\": [1]}}"}]},
      "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1",
      "MetricsConfig": {"Metrics": ["EventCount"]}, "LoggingConfig": {"SystemLogLevel": "INFO"},
      "DestinationConfig": {"OnFailure": {"Destination": "kafka://failed"}},
      "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["b:2", "a:1"]}},
      "MaximumRecordAgeInSeconds": 60, "BisectBatchOnFunctionError": true,
      "MaximumRetryAttempts": 2, "FunctionResponseTypes": ["ReportBatchItemFailures"],
      "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": "group", "SchemaRegistryConfig": {
        "SchemaRegistryURI": "https://registry:8081", "EventRecordFormat": "JSON",
        "SchemaValidationConfigs": [{"Attribute": "KEY"}]}},
      "ProvisionedPollerConfig": {"MinimumPollers": 2, "PollerGroupName": "g"},
      "Tags": {"team": "a"}})"));
  INFO(created.body.dump());
  CHECK(created.status == 202);
  check_body("mapping_full.json", created.body);
  const auto mapping = mappings.find(created.body["UUID"])->mapping;
  CHECK(mapping->tags.at("team") == "a");
  const auto& config = mapping->config;
  CHECK(config.function_name == "f");
  CHECK(config.function_qualifier == "live");
  CHECK(config.starting_timestamp_ms == 1'700'000'000'500);
  CHECK(config.batch_size == 7);
  CHECK(config.batch_window == 3s);
  CHECK(config.filter_patterns.size() == 1);
  CHECK(config.on_failure_destination == "kafka://failed");
  CHECK(config.bootstrap_servers == std::vector<std::string>{"a:1", "b:2"});
  CHECK(config.maximum_record_age_s == 60);
  CHECK(config.bisect_batch_on_function_error);
  CHECK(config.maximum_retry_attempts == 2);
  CHECK(config.report_batch_item_failures);
  CHECK(config.group() == "group");
  CHECK(config.provisioned->minimum == 2);
  CHECK(config.system_log_level == SystemLogLevel::Info);
  CHECK(config.schema_registry.value().uri == "https://registry:8081");
  CHECK(config.schema_registry.value().validates_key);
  // What a key encrypts is not listed.
  CHECK(ask(router, "GET", kPath).body["EventSourceMappings"][0]["FilterCriteria"].is_null());
}

TEST_CASE_METHOD(Rig, "mapping: a mapping of an MSK cluster") {
  const auto created = ask(router, "POST", kPath, body(R"({
      "SelfManagedEventSource": null, "SourceAccessConfigurations": null,
      "EventSourceArn": "arn:aws:kafka:us-east-1:000000000000:cluster/c/1-2"})"));
  CHECK(created.status == 202);
  check_body("mapping_msk.json", created.body);
}

TEST_CASE_METHOD(Rig, "mapping: the qualifier of the function is kept as it was given") {
  const std::string arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
  const auto given = GENERATE(values<std::pair<std::string, std::string>>(
      {{"f", ""},
       {"f:1", ":1"},
       {"f:$LATEST", ":$LATEST"},
       {"000000000000:function:f:live", ":live"},
       {"arn:aws:lambda:us-east-1:000000000000:function:f", ""}}));
  auto request = body();
  request["FunctionName"] = given.first;
  CHECK(ask(router, "POST", kPath, request).body["FunctionArn"] == arn + given.second);
}

TEST_CASE_METHOD(Rig, "mapping: what a mapping may not be, in AWS's words") {
  const std::string invalid = "400 InvalidParameterValueException: ";
  const std::string constraint = "400 ValidationException: 1 validation error detected: Value ";
  CHECK(error_of(router, R"({"SelfManagedEventSource": null})") ==
        invalid + "Unrecognized event source.");
  CHECK(error_of(router, R"({"SelfManagedEventSource": {"Endpoints": null}})") ==
        invalid + "Unrecognized event source.");
  CHECK(error_of(router, R"({"FunctionName": "g"})") == invalid + "Function does not exist");
  CHECK(error_of(router, R"({"FunctionName": "f:2"})") == invalid + "Function does not exist");
  CHECK(error_of(router, R"({"DestinationConfig": {"OnSuccess": {"Destination": ""}}})") ==
        invalid + "Unsupported DestinationConfig parameter for given event source mapping type.");
  CHECK(error_of(router, R"({"ParallelizationFactor": 2})") ==
        unsupported("parallelizationFactor"));
  CHECK(error_of(router, R"({"TumblingWindowInSeconds": 1})") ==
        unsupported("tumblingWindowInSeconds"));
  CHECK(error_of(router, R"({"Queues": ["q"]})") == unsupported("queues"));
  CHECK(error_of(router, R"({"ScalingConfig": {"MaximumConcurrency": 2}})") ==
        unsupported("scalingConfig"));
  CHECK(error_of(router, R"({"DocumentDBEventSourceConfig": {"DatabaseName": "d"}})") ==
        unsupported("documentDBEventSourceConfig"));
  CHECK(
      error_of(router, R"({"SelfManagedKafkaEventSourceConfig": {"ConsumptionMode": "Queue"}})") ==
      invalid + "Unsupported 'ConsumptionMode' parameter for given event source mapping type");
  CHECK(error_of(router, R"({"AmazonManagedKafkaEventSourceConfig": {}})") ==
        unsupported("amazonManagedKafkaEventSourceConfig"));
  CHECK(error_of(router, R"({"StartingPosition": "invalid"})") ==
        constraint +
            "'invalid' at 'startingPosition' failed to satisfy constraint: Member must "
            "satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]");
  CHECK(error_of(router, R"({"FunctionName": null})") ==
        constraint +
            "null at 'functionName' failed to satisfy constraint: Member must not be null");
  CHECK(error_of(router, R"({"BatchSize": 10001})") ==
        constraint +
            "'10001' at 'batchSize' failed to satisfy constraint: Member must have value "
            "less than or equal to 10000");
  for (const char* pattern :
       {"plain", R"(\"text\")", R"({\"value\": {\"a\": 1}})", R"({\"value\": {\"a\": []}})", "{"}) {
    const std::string filters =
        std::string(R"({"FilterCriteria": {"Filters": [{"Pattern": ")") + pattern + "\"}]}}";
    CHECK(error_of(router, filters.c_str()) == invalid + "Invalid filter pattern definition.");
  }
  Json tags = {{"Tags", Json::object()}};
  for (int i = 0; i < 51; ++i) tags["Tags"][std::to_string(i)] = "";
  CHECK(error_of(router, tags.dump().c_str()) ==
        invalid + "Number of tags exceeds resource tag limit.");
  const auto other = error_of(router, R"({"SelfManagedEventSource": null,
      "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:q"})");
  CHECK(other == invalid +
                     "klambda does Kafka event sources only: "
                     "arn:aws:sqs:us-east-1:000000000000:q is no Amazon MSK cluster.");
  CHECK(mappings.all().empty());
}

TEST_CASE_METHOD(Rig, "mapping: what only AWS refuses, klambda refuses with --strict") {
  const auto router_of_strict = strict();
  CHECK(error_of(router_of_strict, R"({"SourceAccessConfigurations": null})") ==
        "400 InvalidParameterValueException: Required 'sourceAccessConfigurations' parameter is "
        "missing.");
  CHECK(error_of(router_of_strict,
                 R"({"SourceAccessConfigurations": [], "MaximumRetryAttempts": 1})") ==
        unsupported("maximumRetryAttempts"));
  CHECK(ask(router, "POST", kPath, body(R"({"SourceAccessConfigurations": null,
      "MaximumRetryAttempts": 1})"))
            .status == 202);
}

TEST_CASE_METHOD(Rig, "mapping: brokers that klambda must not use are refused at once") {
  starter.refuse("broker kafka.example.com:9092 is not on this machine");
  CHECK(error_of(router, "{}") ==
        "400 InvalidParameterValueException: broker kafka.example.com:9092 is not on this machine");
}

TEST_CASE_METHOD(Rig, "mapping: a mapping that exists already") {
  const std::string uuid = ask(router, "POST", kPath, body()).body["UUID"];
  CHECK(error_of(router, R"({"SelfManagedEventSource": {"Endpoints": {
            "KAFKA_BOOTSTRAP_SERVERS": ["kafka:2000", "kafka:1000"]}}})") ==
        "409 ResourceConflictException: An event source mapping with event source "
        "(\"kafka:1000,kafka:2000\"), function "
        "(\"arn:aws:lambda:us-east-1:000000000000:function:f\"), topics (\"topic\") already "
        "exists. Please update or delete the existing mapping with UUID " +
            uuid);
}

TEST_CASE_METHOD(Rig, "mapping: what a login may be, and what it becomes") {
  const std::string invalid = "400 InvalidParameterValueException: ";
  const auto created = ask(router, "POST", kPath, body(R"({"SourceAccessConfigurations": [
      {"Type": "SASL_SCRAM_256_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:0:secret:s"},
      {"Type": "SERVER_ROOT_CA_CERTIFICATE", "URI": "ca"}]})"));
  CHECK(created.status == 202);
  const auto access = mappings.find(created.body["UUID"])->mapping->config.source_access;
  REQUIRE(access.size() == 2);
  CHECK(access[0].type == AccessType::SaslScram256Auth);
  CHECK(access[0].uri == "arn:aws:secretsmanager:us-east-1:0:secret:s");
  CHECK(access[1].type == AccessType::ServerRootCaCertificate);
  CHECK(error_of(router, R"({"SourceAccessConfigurations": [
            {"Type": "BASIC_AUTH", "URI": "a"}, {"Type": "SASL_SCRAM_512_AUTH", "URI": "b"}]})")
            .starts_with(invalid +
                         "SourceAccessConfigurations has BASIC_AUTH and SASL_SCRAM_512_AUTH"));
  CHECK(error_of(router, R"({"SelfManagedEventSource": null,
            "EventSourceArn": "arn:aws:kafka:us-east-1:000000000000:cluster/c/1-2",
            "SourceAccessConfigurations": [{"Type": "BASIC_AUTH", "URI": "a"}]})") ==
        invalid +
            "SourceAccessConfigurations has the type \"BASIC_AUTH\": an MSK cluster takes "
            "SASL_SCRAM_512_AUTH, CLIENT_CERTIFICATE_TLS_AUTH");
}

TEST_CASE_METHOD(Rig, "mapping: the schema registry's rules, in AWS's words") {
  const std::string invalid = "400 InvalidParameterValueException: ";
  const auto with = [&](const char* registry, const char* pollers = R"({"MinimumPollers": 1})") {
    Json changes = {
        {"SelfManagedKafkaEventSourceConfig", {{"SchemaRegistryConfig", Json::parse(registry)}}},
        {"ProvisionedPollerConfig", Json::parse(pollers)}};
    return error_of(router, changes.dump().c_str());
  };
  CHECK(with(R"({"SchemaRegistryURI": "https://r"})", "null")
            .starts_with(invalid + "SchemaRegistryConfig is only available for Provisioned Mode."));
  CHECK(with(R"({"EventRecordFormat": "JSON"})")
            .starts_with(invalid + "Malformed SchemaRegistryURI provided."));
  CHECK(with(R"({"SchemaRegistryURI": "https://r"})")
            .starts_with(invalid + "EventRecordFormat is a required field"));
  CHECK(with(R"({"SchemaRegistryURI": "https://r", "EventRecordFormat": "JSON"})") ==
        invalid + "SchemaValidationConfigs is a required field for SchemaRegistryConfig.");
  CHECK(with(R"({"SchemaRegistryURI": "https://r", "EventRecordFormat": "JSON",
                 "SchemaValidationConfigs": [{"Attribute": "KEY"}, {"Attribute": "KEY"}]})") ==
        invalid +
            "Duplicate KEY Attribute in SchemaValidationConfigs. SchemaValidationConfigs "
            "must contain at most one KEY Attribute.");
  CHECK(with(R"({"SchemaRegistryURI": "arn:aws:glue:us-east-1:123456789012:registry/r"})") ==
        invalid + "Cross-account Glue Schema Registry ARN not supported.");
  CHECK(with(R"({"SchemaRegistryURI": "arn:aws:glue:eu-west-1:000000000000:registry/r"})") ==
        invalid + "Cross-region Glue Schema Registry ARN not supported.");
}

TEST_CASE_METHOD(Rig, "mapping: an update changes what it names, and empty values clear") {
  const auto created = ask(router, "POST", kPath, body(R"({"BatchSize": 7,
      "FilterCriteria": {"Filters": [{"Pattern": "{\"value\": {\"a\": [1]}}"}]},
      "DestinationConfig": {"OnFailure": {"Destination": "kafka://failed"}},
      "FunctionResponseTypes": ["ReportBatchItemFailures"], "KMSKeyArn": "arn:aws:kms:a",
      "MetricsConfig": {"Metrics": ["EventCount"]},
      "ProvisionedPollerConfig": {"MinimumPollers": 2, "PollerGroupName": "g"}})"));
  INFO(created.body.dump());
  const std::string path = std::string(kPath) + "/" + created.body["UUID"].get<std::string>();
  const auto update = [&](const char* text) { return ask(router, "PUT", path, Json::parse(text)); };

  auto updated = update(R"({"BatchSize": 8, "Topics": ["other"], "StartingPosition": "LATEST",
                            "ProvisionedPollerConfig": {"PollerGroupName": ""}})");
  CHECK(updated.status == 202);
  CHECK(updated.body["State"] == "Updating");
  CHECK(updated.body["BatchSize"] == 8);
  CHECK(updated.body["Topics"] == Json{"topic"});  // not among what an update has
  CHECK(updated.body["StartingPosition"] == "TRIM_HORIZON");
  CHECK(updated.body["ProvisionedPollerConfig"] ==
        Json{{"MinimumPollers", 2}, {"MaximumPollers", 200}});
  CHECK(updated.body["FilterCriteria"] == created.body["FilterCriteria"]);

  updated =
      update(R"({"FilterCriteria": {}, "DestinationConfig": {"OnFailure": {"Destination": ""}},
      "FunctionResponseTypes": [], "KMSKeyArn": "", "MetricsConfig": {"Metrics": []},
      "ProvisionedPollerConfig": {}, "FunctionName": "f:1"})");
  check_body("mapping_cleared.json", updated.body);
  const auto config = mappings.find(created.body["UUID"])->mapping->config;
  CHECK(config.filter_patterns.empty());
  CHECK(config.on_failure_destination.empty());
  CHECK_FALSE(config.report_batch_item_failures);
  CHECK_FALSE(config.provisioned);
  CHECK(config.batch_size == 8);

  CHECK(error(update(R"({"SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": "x"}})")) ==
        unsupported("selfManagedKafkaEventSourceConfig.consumerGroupId"));
  CHECK(error(update(R"({"FunctionName": "g"})")) ==
        "400 InvalidParameterValueException: Function does not exist");
  CHECK(error(ask(router, "PUT", std::string(kPath) + "/unknown", {{"BatchSize", 1}})) ==
        "404 ResourceNotFoundException: The resource you requested does not exist.");
}

TEST_CASE_METHOD(Rig, "mapping: lists go in pages, by function and by source") {
  for (int i = 0; i < 105; ++i) {
    auto request = body();
    request["Topics"] = {"topic" + std::to_string(i)};
    if (i == 3) request["FunctionName"] = "f:live";
    REQUIRE(ask(router, "POST", kPath, request).status == 202);
  }
  auto page = ask(router, "GET", std::string(kPath) + "?MaxItems=10000");
  CHECK(page.status == 200);
  CHECK(page.body["EventSourceMappings"].size() == 100);
  page = ask(router, "GET",
             std::string(kPath) + "/?Marker=" + page.body["NextMarker"].get<std::string>());
  CHECK(page.body["EventSourceMappings"].size() == 5);
  CHECK_FALSE(page.body.contains("NextMarker"));
  const auto of_function = [&](const std::string& name) {
    return ask(router, "GET", std::string(kPath) + "?MaxItems=100&FunctionName=" + name)
        .body["EventSourceMappings"]
        .size();
  };
  CHECK(of_function("f") == 100);
  CHECK(of_function("f:live") == 1);
  CHECK(of_function("arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af%3Alive") == 1);
  CHECK(of_function("g") == 0);
  const auto of_source =
      ask(router, "GET",
          std::string(kPath) + "?EventSourceArn=arn:aws:kafka:us-east-1:000000000000:cluster/c/1");
  CHECK(of_source.body["EventSourceMappings"].empty());
  CHECK(
      error(ask(router, "GET", std::string(kPath) + "?MaxItems=0")).starts_with("400 Validation"));
  CHECK(error(ask(router, "GET", std::string(kPath) + "?Marker=x")).starts_with("400 Invalid"));
}

TEST_CASE_METHOD(Rig, "mapping: tags of a mapping") {
  const std::string uuid = ask(router, "POST", kPath, body(R"({"Tags": {"a": "1"}})")).body["UUID"];
  const auto target = mapping_tags(mappings);
  CHECK(target.kind == "event-source-mapping");
  target.change(uuid, [](Tags tags) {
    tags["b"] = "2";
    return tags;
  });
  CHECK(target.tags(uuid) == Tags{{"a", "1"}, {"b", "2"}});
  try {
    target.tags("x");
    FAIL("there is none");
  } catch (const ApiError& missing) {
    CHECK(std::string(missing.what()) ==
          "Event source mapping not found: "
          "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:x");
  }
}
