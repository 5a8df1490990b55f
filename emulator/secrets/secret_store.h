// Where secrets come from, in this order: the file of --secrets, the environment, Secrets Manager
// at its endpoint. Nothing is kept: each look-up asks anew, so that a mended secret counts at the
// next attempt.
//
// Threads: any. Lifetime: as long as whoever connects. Blocks while Secrets Manager answers, a few
// seconds at most.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "emulator/aws/endpoint.h"
#include "emulator/config/model.h"
#include "emulator/secrets/secret.h"

namespace emulator {

class SecretStore {
 public:
  struct Settings {
    std::filesystem::path file;  // of --secrets; empty: none
    RealAws real_aws = RealAws::Refused;
    Environment environment = process_environment;
  };
  // Throws ConfigError for a file that holds no secrets.
  explicit SecretStore(Settings settings);

  // `id`: an ARN or a name. Throws SecretError.
  Secret find(const std::string& id) const;

 private:
  std::optional<Secret> find_in_environment(const std::string& id,
                                            const std::vector<std::string>& names) const;
  std::optional<Secret> ask_secrets_manager(const std::string& id) const;
  std::string not_found(const std::string& id, const std::vector<std::string>& names) const;

  const Settings settings_;
};

}  // namespace emulator
