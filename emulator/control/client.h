// The command line's way to a running klambda: its control plane, called over HTTP and signed with
// the key of the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) where it has one. Blocking;
// any thread.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "emulator/aws/http_call.h"
#include "emulator/config/options.h"

namespace emulator {

// No klambda answers there, or a service that a command needs does not: one line; exit code 4.
struct Unreachable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The answer of the klambda at host:port, whatever its status but 403. Throws Unreachable, and
// ConfigError when klambda refuses who asks.
HttpAnswer ask_running_klambda(const std::string& host, std::uint16_t port, HttpCall request);
// The message of an error that it answered with.
std::string error_message(const std::string& body);

// Invokes a function and prints its answer on stdout. Returns the exit code: 0, 1 (function error),
// 2 (no such function).
int run_invoke(const InvokeCommand& command);

// The brokers that the klambda at host:port uses; throws as ask_running_klambda, and ConfigError
// when it has none.
std::string brokers_of_running_klambda(const std::string& host, std::uint16_t port);

}  // namespace emulator
