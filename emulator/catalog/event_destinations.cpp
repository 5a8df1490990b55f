#include "emulator/catalog/event_destinations.h"

#include <string_view>
#include <utility>
#include <vector>

#include "emulator/config/function_name.h"
#include "emulator/config/model.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

constexpr std::string_view kLambdaArn = "arn:aws:lambda:";
constexpr std::string_view kEventBusArn = "arn:aws:events:";

void say_lost(const std::string& about, const std::string& why) {
  log::error("{}: what became of it could not be sent: {}", about, why);
}

}  // namespace

void EventDestinations::send(const std::string& arn, FailureMessage message,
                             const std::string& about) {
  try {
    if (arn.starts_with(kLambdaArn)) {
      const auto target = parse_function_name(arn);
      if (!target) throw ConfigError(arn + " is no function's ARN");
      return to_function_(target->name, target->qualifier, std::move(message.body));
    }
    if (arn.starts_with(kEventBusArn)) {
      throw ConfigError("klambda does not send to EventBridge, which " + arn +
                        " names: use the ARN of a queue, a topic, a bucket or a function");
    }
    std::vector<FailureMessage> messages;
    messages.push_back(std::move(message));
    sink_for(arn).send(std::move(messages), [about](const Undelivered& undelivered) {
      if (!undelivered.messages.empty()) say_lost(about, undelivered.problem);
    });
  } catch (const std::exception& error) {
    say_lost(about, error.what());
  }
}

void EventDestinations::stop() {
  for (const auto& [arn, sink] : sinks_) sink->stop();
}

RecordSink& EventDestinations::sink_for(const std::string& arn) {
  if (const auto found = sinks_.find(arn); found != sinks_.end()) return *found->second;
  const auto destination = parse_destination(arn);
  if (!destination || destination->kind == DestinationKind::Kafka)
    throw ConfigError(arn + " is no ARN of a queue, a topic, a bucket or a function");
  auto sink = make_sink_(*destination);
  log::info("what becomes of asynchronous invocations goes to {}", sink->describe());
  return *sinks_.emplace(arn, std::move(sink)).first->second;
}

}  // namespace emulator
