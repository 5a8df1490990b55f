// Makes schema registries out of what a mapping and the command line say. Part of the composition
// root.
//
// Threads: any.
#pragma once

#include <memory>

#include "emulator/aws/endpoint.h"
#include "emulator/config/model.h"
#include "emulator/config/options.h"
#include "emulator/esm/record_decoder.h"
#include "emulator/registry/schema_publisher.h"
#include "emulator/schema/frame.h"
#include "emulator/secrets/secret_store.h"

namespace emulator {

// The secrets outlive whatever is made of it.
struct RegistryParts {
  const RegistryOptions& options;
  const SecretStore& secrets;
  RealAws real_aws = RealAws::Refused;  // whether AWS Glue itself may be asked
};

// The mapping's registry, or the one that --registry puts in its place, which has another login.
SchemaRegistry registry_in_place(const SchemaRegistry& wanted, const RegistryOptions& options);

// Throws ConfigError for what make_decoders() would.
void check_registry(const MappingConfig& config, const RegistryParts& parts);

// Empty without a SchemaRegistryConfig. The secrets are looked up before each call of the registry.
// Throws ConfigError.
MakeDecoder make_decoders(const MappingConfig& config, const RegistryParts& parts);

// The registry of `klambda produce`, and how its records are framed.
struct ProducerRegistry {
  std::unique_ptr<SchemaPublisher> publisher;  // null: there is none
  Framing framing = Framing::Confluent;
};
// Throws ConfigError.
ProducerRegistry make_producer_registry(const RegistryParts& parts);

}  // namespace emulator
