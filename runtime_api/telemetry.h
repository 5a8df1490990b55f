// Who gets the telemetry of one execution environment: the subscriptions of its extensions, and
// what has happened so far while there may still come new ones.
//
// Threads: any; its owner may publish under its own lock, since the callbacks come from elsewhere:
// `subscribed` on the connection that subscribed, `dropped` on a subscription's own thread.
// Lifetime: that of the session beside it; stop() is idempotent and must not be called under a
// lock that a callback takes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime_api/runtime_session.h"
#include "runtime_api/telemetry_sender.h"
#include "runtime_api/telemetry_subscription.h"

namespace runtime_api {

// The environment that owns it. Each may be empty.
struct TelemetryEvents {
  std::function<void(const std::string& extension, const TelemetrySubscription&)> subscribed;
  std::function<void(const std::string& extension, const TelemetryDrop&)> dropped;
  // platform.logsDropped for those subscribed to platform events, as PlatformRecord has its texts
  // and the same for both APIs. Unlike the other two it is called under locks, and takes none.
  std::function<std::string(const TelemetryDrop&)> drop_record;
};

// A platform event as each API has it: {"time":…,"type":…,"record":…}; empty: it has none of that
// type.
struct PlatformRecord {
  std::string telemetry;
  std::string logs;
  bool runtime_done = false;  // the Logs API's first schema leaves it out
};

class Telemetry {
 public:
  using Time = std::chrono::system_clock::time_point;
  enum class LogFormat { Text, Json };  // of the function

  Telemetry(LogFormat format, TelemetryEvents events);
  ~Telemetry() { stop(); }
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  // --- the owner's half ---

  // Somebody gets, or may yet get, what is published now. Costs one load.
  bool active() const { return active_.load(std::memory_order_relaxed); }
  // One line of the function's or an extension's, without its end.
  void line(TelemetryType source, Time time, std::string_view text);
  void platform(PlatformRecord record);
  // Init is done. What happened until then has been sent to those who subscribed.
  void close_subscriptions();
  bool has_subscribers() const;
  // The function is to wait before it prints more; for a bounded time only (TelemetrySender).
  bool congested() const;
  void flush(std::chrono::steady_clock::time_point until);
  void hurry();  // from now on everything is sent at once
  void stop();

  // --- the extensions' half, called by TelemetryRoutes ---

  // The same subscription again changes nothing; another one takes the earlier one's place.
  std::optional<Refusal> subscribe(const std::string& extension,
                                   const TelemetrySubscription& subscription);

 private:
  struct Record {
    TelemetryType type;
    Time time;
    std::string text;  // of a line
    PlatformRecord platform;
  };
  struct Subscriber {
    std::string extension;
    std::unique_ptr<TelemetrySender> sender;
  };
  std::unique_ptr<TelemetrySender> make_sender(const std::string& extension,
                                               const TelemetrySubscription& subscription) const;
  void keep(Record record);
  void send(const Record& record, TelemetrySender& sender);
  void send_line(TelemetryType source, Time time, std::string_view text, TelemetrySender& sender);
  std::string_view time_text(Time time);

  // constant after construction
  const LogFormat format_;
  const TelemetryEvents events_;

  std::atomic<bool> active_{true};

  mutable std::mutex mutex_;
  // guarded by mutex_
  bool open_ = true;
  std::vector<Subscriber> subscribers_;
  std::vector<std::unique_ptr<TelemetrySender>> replaced_;
  std::vector<Record> backlog_;  // of init
  std::size_t backlog_bytes_ = 0;
  std::int64_t time_ms_ = -1;
  std::string time_text_;  // of time_ms_
  std::string rendered_;   // of one line, for its capacity
};

// 2022-10-12T00:00:15.064Z
std::string iso_time_text(Telemetry::Time time);

}  // namespace runtime_api
