// From AccessConfigs of a schema registry to what an HTTP call needs. Any thread; blocks as the
// store does. Throws SecretError.
#pragma once

#include <vector>

#include "emulator/aws/http_tls.h"
#include "emulator/config/model.h"
#include "emulator/secrets/secret_store.h"

namespace emulator {

// Looks the secrets up anew each time.
HttpAccess read_http_access(const std::vector<SourceAccess>& entries, const SecretStore& secrets);

}  // namespace emulator
