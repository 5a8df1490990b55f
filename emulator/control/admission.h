// What a request passes before its operation is looked at: klambda runs programs, so neither a page
// in the browser nor, with --require-auth, someone without the key may drive it. Throws ApiError
// (403). Pure but for the present time; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "emulator/aws/sigv4.h"
#include "runtime_api/http_server.h"

namespace emulator {

// A Host that is neither of this machine nor what it listens on is a page whose name was made to
// resolve to this machine (DNS rebinding). A listener that other machines reach is also called by
// its addresses and by names of private networks. `bound_host`: what the listener was told to
// listen on, "127.0.0.1" or "0.0.0.0".
void refuse_foreign_host(const runtime_api::HttpExchange& exchange, const std::string& bound_host);

// An Origin other than this server, or Sec-Fetch-Site: cross-site, is a page of someone else's.
void refuse_foreign_page(const runtime_api::HttpExchange& exchange);

// Signature Version 4 with this key, for service "lambda".
void refuse_unsigned(const runtime_api::HttpExchange& exchange, const AwsCredentials& key);
// The same as a check; an empty one when no key is asked for.
std::function<void(const runtime_api::HttpExchange&)> require_signature(
    const std::optional<AwsCredentials>& key);

}  // namespace emulator
