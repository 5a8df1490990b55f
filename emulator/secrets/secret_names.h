// The names under which a secret is looked for. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emulator {

// Of "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx": itself, NAME-xxxxxx, NAME. The six
// characters are AWS's own (docs.aws.amazon.com/secretsmanager/latest/userguide/
// reference_iam-permissions.html). Of a name: itself.
std::vector<std::string> names_of_secret(const std::string& id);

// "KLAMBDA_SECRET_KAFKA_LOGIN" of "kafka/login".
std::string secret_variable(std::string_view name);

// Of an ARN; empty: it is none.
std::string region_of_secret(const std::string& id);

}  // namespace emulator
