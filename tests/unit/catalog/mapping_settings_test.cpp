// From a template's mapping to what the API shows, and back.
#include "emulator/catalog/mapping_settings.h"

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("mapping settings: logins and registry of a template are shown, and read as they were") {
  MappingConfig config;
  config.uuid = "f8a1c1f0-0000-4000-8000-000000000001";
  config.topic = "orders";
  config.function_name = "f";
  config.bootstrap_servers = {"b:1"};
  config.source_access = {{AccessType::SaslScram256Auth, "login"},
                          {AccessType::VpcSubnet, "subnet:a"}};
  auto& registry = config.schema_registry.emplace();
  registry.uri = "https://registry:8081";
  registry.format = SchemaRegistry::RecordFormat::AsSource;
  registry.validates_value = true;
  registry.access = {{AccessType::BasicAuth, "registry-login"}};
  auto mapping = mapping_of_template(config, 0);
  CHECK(mapping.settings["SourceAccessConfigurations"] ==
        Json::parse(R"([{"Type": "SASL_SCRAM_256_AUTH", "URI": "login"},
                        {"Type": "VPC_SUBNET", "URI": "subnet:a"}])"));
  CHECK(mapping.settings["SelfManagedKafkaEventSourceConfig"] ==
        Json::parse(R"({"ConsumerGroupId": "f8a1c1f0-0000-4000-8000-000000000001",
                        "SchemaRegistryConfig": {
                          "SchemaRegistryURI": "https://registry:8081",
                          "EventRecordFormat": "SOURCE",
                          "AccessConfigs": [{"Type": "BASIC_AUTH", "URI": "registry-login"}],
                          "SchemaValidationConfigs": [{"Attribute": "VALUE"}]}})"));
  mapping.config.source_access.clear();
  mapping.config.schema_registry.reset();
  configure(mapping);
  REQUIRE(mapping.config.source_access.size() == 2);
  CHECK(mapping.config.source_access[0].type == AccessType::SaslScram256Auth);
  CHECK(mapping.config.source_access[1].uri == "subnet:a");
  const auto& again = mapping.config.schema_registry.value();
  CHECK(again.uri == "https://registry:8081");
  CHECK(again.format == SchemaRegistry::RecordFormat::AsSource);
  CHECK_FALSE(again.validates_key);
  CHECK(again.validates_value);
  REQUIRE(again.access.size() == 1);
  CHECK(again.access[0].uri == "registry-login");
}

TEST_CASE("mapping settings: a mapping without logins shows none") {
  MappingConfig config;
  config.topic = "orders";
  config.function_name = "f";
  const auto settings = settings_of(config);
  CHECK_FALSE(settings.contains("SourceAccessConfigurations"));
  CHECK_FALSE(settings["SelfManagedKafkaEventSourceConfig"].contains("SchemaRegistryConfig"));
}

TEST_CASE("mapping settings: what an older klambda kept and nobody knows is left out") {
  MappingConfig config;
  config.topic = "orders";
  config.function_name = "f";
  auto mapping = mapping_of_template(config, 0);
  mapping.settings["SourceAccessConfigurations"] =
      Json::parse(R"([{"Type": "VIRTUAL_HOST", "URI": "/"}])");
  configure(mapping);
  CHECK(mapping.config.source_access.empty());
}
