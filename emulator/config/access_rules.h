// What SourceAccessConfigurations and SchemaRegistryConfig may say: parts of mapping_rules.h.
// Pure; any thread.
// docs.aws.amazon.com/lambda/latest/dg/kafka-cluster-auth.html, with-msk-cluster-network.html,
// services-consume-kafka-events.html
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "emulator/config/mapping_request.h"
#include "emulator/config/mapping_rules.h"
#include "emulator/config/model.h"

namespace emulator {

// The API's words; nullopt for any other.
std::optional<AccessType> parse_access_type(std::string_view text);
std::string_view to_string(AccessType type);

// Types that the kind of cluster does not have, several logins, entries without a secret.
std::vector<Violation> check_source_access(const MappingRequest& request);
// VPC_SUBNET and VPC_SECURITY_GROUP come together: of no account on one machine, refused by AWS.
std::vector<Violation> check_network_access(const MappingRequest& request);

std::vector<Violation> check_schema_registry(const MappingRequest& request);
// AWS asks schema registries for mappings in provisioned mode only.
std::vector<Violation> check_registry_mode(const MappingRequest& request);
// What the API refuses beside check_schema_registry, and first: what a template may say, since
// nobody knows into which account and region it is deployed, and check_registry_mode.
std::vector<Violation> check_registry_of_api(const MappingRequest& request);

}  // namespace emulator
