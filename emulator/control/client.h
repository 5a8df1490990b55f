// The command line's way to a running klambda: its control plane, called over HTTP, with
// cpp-httplib.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "emulator/config/options.h"

namespace emulator {

// No klambda answers there, or a service that a command needs does not: one line; exit code 4.
struct Unreachable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Invokes a function and prints its answer on stdout. Returns the exit code: 0, 1 (function error),
// 2 (no such function).
int run_invoke(const InvokeCommand& command);

// The brokers that the klambda at host:port uses; throws Unreachable or ConfigError (it has none).
std::string brokers_of_running_klambda(const std::string& host, std::uint16_t port);

}  // namespace emulator
