// Whether a mapping's schema registry answers whom the mapping says to be. Blocking; any thread.
#pragma once

#include <filesystem>
#include <string>

#include "emulator/aws/endpoint.h"
#include "emulator/config/model.h"
#include "emulator/doctor/check.h"
#include "emulator/secrets/secret_store.h"

namespace emulator {

// What remedies call that which the user may have to correct.
struct RegistrySettings {
  const char* address = "SchemaRegistryURI";
  const char* login = "the secret of BASIC_AUTH in SchemaRegistryConfig";
};

// `region`: of the mapping, for a registry whose ARN names none. `real_aws`: whether AWS itself may
// be asked.
struct RegistryLookParts {
  const SecretStore& secrets;
  RealAws real_aws = RealAws::Refused;
  RegistrySettings settings{};
  Environment environment = process_environment;
};
Check look_at_registry(const SchemaRegistry& registry, const std::string& region,
                       const RegistryLookParts& look);

// Whether each schema of the directory of --schemas can be read.
Check look_at_schema_files(const std::filesystem::path& directory);

}  // namespace emulator
