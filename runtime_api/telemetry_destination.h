// Where a subscription's batches go: a port of this machine, over HTTP (a POST of a JSON array) or
// TCP (a JSON text a line). The only user of cpp-httplib in this library.
//
// Threads: send() one, the sender's; cancel() any. Lifetime: the sender's.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime_api/telemetry_subscription.h"

namespace runtime_api {

class TelemetryDestination {
 public:
  virtual ~TelemetryDestination() = default;

  // Blocks until it has been taken. nullopt: it has; else why not, and it is not worth trying
  // again. While nobody listens yet, it tries again for a second.
  virtual std::optional<std::string> send(const std::string& batch) = 0;
  // Ends a send() that blocks, and all later ones.
  virtual void cancel() = 0;
};

std::unique_ptr<TelemetryDestination> make_destination(const TelemetrySubscription& subscription);

}  // namespace runtime_api
