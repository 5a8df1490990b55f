#include "runtime_api/telemetry.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime_api/json_text.h"

namespace runtime_api {
namespace {

// What an environment says before it is ready; more is not kept for those who subscribe later.
constexpr std::size_t kBacklogBytesMax = 256u * 1024;

bool is_json_object(std::string_view line) {
  return !line.empty() && line.front() == '{' && line.back() == '}' &&
         nlohmann::json::accept(line.begin(), line.end());
}

}  // namespace

std::string iso_time_text(Telemetry::Time time) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + size, text.size() - size, ".%03dZ", static_cast<int>(ms % 1000));
  return text.data();
}

Telemetry::Telemetry(LogFormat format, TelemetryEvents events)
    : format_(format), events_(std::move(events)) {}

// --- the owner's half ---

void Telemetry::line(TelemetryType source, Time time, std::string_view text) {
  if (!active()) return;
  const std::lock_guard lock(mutex_);
  for (const auto& subscriber : subscribers_) send_line(source, time, text, *subscriber.sender);
  if (open_) keep({source, time, std::string(text), {}});
}

void Telemetry::platform(PlatformRecord record) {
  if (!active()) return;
  const std::lock_guard lock(mutex_);
  Record kept{TelemetryType::Platform, {}, {}, std::move(record)};
  for (const auto& subscriber : subscribers_) send(kept, *subscriber.sender);
  if (open_) keep(std::move(kept));
}

void Telemetry::close_subscriptions() {
  const std::lock_guard lock(mutex_);
  open_ = false;
  backlog_ = {};
  active_ = !subscribers_.empty();
}

bool Telemetry::has_subscribers() const {
  if (!active()) return false;
  const std::lock_guard lock(mutex_);
  return !subscribers_.empty();
}

bool Telemetry::congested() const {
  if (!active()) return false;
  const std::lock_guard lock(mutex_);
  return std::any_of(subscribers_.begin(), subscribers_.end(),
                     [](const auto& each) { return each.sender->congested(); });
}

void Telemetry::flush(std::chrono::steady_clock::time_point until) {
  std::vector<TelemetrySender*> senders;
  {
    const std::lock_guard lock(mutex_);
    open_ = false;  // so that nobody replaces one of them
    for (const auto& each : subscribers_) senders.push_back(each.sender.get());
  }
  for (auto* sender : senders) sender->flush(until);
}

void Telemetry::hurry() {
  const std::lock_guard lock(mutex_);
  for (const auto& each : subscribers_) each.sender->hurry();
}

void Telemetry::stop() {
  std::vector<TelemetrySender*> senders;
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
    active_ = false;
    for (const auto& each : replaced_) senders.push_back(each.get());
    for (const auto& each : subscribers_) senders.push_back(each.sender.get());
  }
  for (auto* sender : senders) sender->stop();
}

// --- the extensions' half ---

std::optional<Refusal> Telemetry::subscribe(const std::string& extension,
                                            const TelemetrySubscription& subscription) {
  const bool telemetry = subscription.api == TelemetryApi::Telemetry;
  {
    const std::lock_guard lock(mutex_);
    if (!open_) {  // rie: GetServiceClosedErrorType; the Logs API's is an inference
      return telemetry ? Refusal{403, "Telemetry API subscription is closed",
                                 "Telemetry.SubscriptionClosed"}
                       : Refusal{403, "Logs API subscription is closed", "Logs.SubscriptionClosed"};
    }
    const auto present =
        std::find_if(subscribers_.begin(), subscribers_.end(),
                     [&](const Subscriber& each) { return each.extension == extension; });
    if (present != subscribers_.end()) {
      const auto& earlier = present->sender->subscription();
      if (earlier == subscription) return std::nullopt;
      if (earlier.api != subscription.api) {
        // docs telemetry-api.html: one of the two APIs, not both; type and text are inferences.
        return Refusal{400,
                       "an extension that has subscribed to the Telemetry API cannot subscribe to "
                       "the Logs API, nor the other way round",
                       telemetry ? "ValidationError" : "Logs.ValidationError"};
      }
    }
    auto sender = make_sender(extension, subscription);
    if (present != subscribers_.end()) {
      present->sender->hurry();
      replaced_.push_back(std::exchange(present->sender, std::move(sender)));
    } else {
      for (const auto& record : backlog_) send(record, *sender);
      subscribers_.push_back({extension, std::move(sender)});
    }
  }
  if (events_.subscribed) events_.subscribed(extension, subscription);
  return std::nullopt;
}

std::unique_ptr<TelemetrySender> Telemetry::make_sender(
    const std::string& extension, const TelemetrySubscription& subscription) const {
  const bool platform = subscription.wants(TelemetryType::Platform);
  return std::make_unique<TelemetrySender>(
      subscription, platform ? TelemetrySender::RenderDrop(events_.drop_record) : nullptr,
      [this, extension](const TelemetryDrop& drop) {
        if (events_.dropped) events_.dropped(extension, drop);
      });
}

// --- with mutex_ held ---

void Telemetry::keep(Record record) {
  const std::size_t bytes =
      record.text.size() + record.platform.telemetry.size() + record.platform.logs.size();
  if (backlog_bytes_ + bytes > kBacklogBytesMax) return;
  backlog_bytes_ += bytes;
  backlog_.push_back(std::move(record));
}

void Telemetry::send(const Record& record, TelemetrySender& sender) {
  if (record.type != TelemetryType::Platform)
    return send_line(record.type, record.time, record.text, sender);
  const auto& subscription = sender.subscription();
  if (!subscription.wants(TelemetryType::Platform)) return;
  if (record.platform.runtime_done && !subscription.wants_runtime_done()) return;
  const bool telemetry = subscription.api == TelemetryApi::Telemetry;
  const std::string& text = telemetry ? record.platform.telemetry : record.platform.logs;
  if (!text.empty()) sender.add(text);
}

void Telemetry::send_line(TelemetryType source, Time time, std::string_view text,
                          TelemetrySender& sender) {
  if (!sender.subscription().wants(source)) return;
  rendered_ = R"({"time":")";
  rendered_.append(time_text(time)).append(R"(","type":")").append(to_string(source));
  rendered_.append(R"(","record":)");
  if (format_ == LogFormat::Json && sender.subscription().lines_as_objects() &&
      is_json_object(text)) {
    rendered_.append(text);
  } else {
    append_json_string(rendered_, text);
  }
  rendered_.push_back('}');
  sender.add(rendered_);
}

std::string_view Telemetry::time_text(Time time) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  if (ms != time_ms_) {
    time_text_ = iso_time_text(time);
    time_ms_ = ms;
  }
  return time_text_;
}

}  // namespace runtime_api
