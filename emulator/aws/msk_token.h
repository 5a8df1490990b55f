// The token with which a client logs in to an MSK cluster that authorizes with IAM (SASL
// OAUTHBEARER): a request for "kafka-cluster:Connect", signed in its query and never sent.
// docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html; the form is that of AWS's
// own signers (github.com/aws/aws-msk-iam-sasl-signer-python). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "emulator/aws/sigv4.h"

namespace emulator {

struct MskToken {
  std::string text;
  std::int64_t ends_at_ms = 0;  // epoch
};

// Good for 15 minutes from `epoch_ms` on, as AWS's signers make it.
MskToken msk_token(const AwsCredentials& credentials, const std::string& region,
                   std::int64_t epoch_ms);

}  // namespace emulator
