// What SAM's Kafka events and CloudFormation's event source mappings have in common. Used by the
// readers of both, while one template is read.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/mapping_request.h"
#include "emulator/config/sam.h"
#include "emulator/config/section.h"

namespace emulator::sam {

// The properties of both, and those that only one of them has.
std::vector<Property> mapping_properties(std::span<const Property> own);

// What the common properties ask for. Cluster and consumer group are each reader's own.
MappingRequest read_request(const Section& section);

// "HOST:PORT" of each broker in the list `name`.
std::vector<std::string> read_brokers(const Section& section, std::string_view name);

// The MSK cluster's ARN; one that stands in for it when it is not known outside of AWS.
std::string read_cluster_arn(const Section& section, std::string_view name);

// SchemaRegistryConfig of `section`, which is the event's or the resource's block.
void read_schema_registry(const Section& section, MappingRequest& request);

// What the request may not say is a ConfigError at its property's line. `block` is where this kind
// of template has consumer group and schema registry, as a path; empty: beside everything else.
MappingConfig make_mapping(const std::string& name, const MappingRequest& request,
                           const Section& section, const std::string& block,
                           const Context& context);

}  // namespace emulator::sam
