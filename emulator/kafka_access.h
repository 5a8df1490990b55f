// How a mapping's clients enter its cluster: from SourceAccessConfigurations, the flags and the
// secrets to what a Kafka client is made of. Part of the composition root.
// docs.aws.amazon.com/lambda/latest/dg/kafka-cluster-auth.html, msk-cluster-auth.html
//
// Threads: any. Lifetime: longer than whoever connects. Secrets are looked up at each call, which
// blocks while Secrets Manager answers.
#pragma once

#include <string>
#include <vector>

#include "emulator/aws/endpoint.h"
#include "emulator/config/model.h"
#include "emulator/config/options.h"
#include "emulator/kafka/security.h"
#include "emulator/secrets/secret_store.h"

namespace emulator {

class KafkaAccess {
 public:
  enum class Cluster { Embedded, Other };

  // Throws ConfigError for files that hold no secrets or certificates, and for --msk-iam without a
  // key.
  explicit KafkaAccess(KafkaAccessOptions options, Environment environment = process_environment);

  // Throws SourceProblemError for a secret that cannot be had or used.
  KafkaSecurity enter(const MappingConfig& mapping, Cluster cluster) const;
  KafkaSecurity enter(const ProduceCommand& command) const;

  // What of the mapping's SourceAccessConfigurations is left aside, and why: lines for its log.
  std::vector<std::string> notes(const MappingConfig& mapping, Cluster cluster) const;

  const SecretStore& secrets() const { return secrets_; }
  RealAws real_aws() const { return options_.allow_aws ? RealAws::Allowed : RealAws::Refused; }

 private:
  KafkaSecurity enter(const std::vector<SourceAccess>& access) const;
  void log_in(const SourceAccess& login, KafkaSecurity& security) const;
  void log_in_with_iam(const MappingConfig& mapping, KafkaSecurity& security) const;
  std::string authorities(const std::vector<SourceAccess>& access) const;
  Secret find(const SourceAccess& access) const;

  const KafkaAccessOptions options_;
  const Environment environment_;
  const SecretStore secrets_;
};

}  // namespace emulator
