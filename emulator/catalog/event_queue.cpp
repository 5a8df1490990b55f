#include "emulator/catalog/event_queue.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/event_delivery.h"
#include "emulator/catalog/event_destinations.h"
#include "emulator/catalog/event_record.h"
#include "emulator/config/text.h"
#include "emulator/config/uuid.h"
#include "emulator/esm/wakeup.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

constexpr std::size_t kEventOverheadBytes = 1'024;  // of what is kept beside the payload
constexpr std::chrono::hours kLongSleep{1};         // when nothing waits

std::string arn_of(const std::string& function, const std::string& qualifier) {
  FunctionConfig named;
  named.name = function;
  return named.arn() + ":" + (qualifier.empty() ? kLatest : qualifier);
}

AttemptResult result_of(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::Success:
      return AttemptResult::Succeeded;
    case Outcome::Kind::FunctionError:
      return AttemptResult::FunctionError;
    case Outcome::Kind::Throttled:
      return AttemptResult::Throttled;
    case Outcome::Kind::ServiceError:
    case Outcome::Kind::Cancelled:
      break;
  }
  return AttemptResult::ServiceError;
}

EventAnswer answer_of(AttemptResult result, Outcome&& outcome) {
  EventAnswer answer;
  switch (result) {
    case AttemptResult::Succeeded:
    case AttemptResult::FunctionError:
      answer.status = 200;
      answer.executed_version = std::move(outcome.executed_version);
      answer.function_error = result == AttemptResult::FunctionError;
      answer.payload = std::move(outcome.payload);
      break;
    case AttemptResult::Throttled:
      answer.status = 429;
      answer.message = "Rate Exceeded.";
      break;
    case AttemptResult::NotFound:
      answer.status = 404;
      answer.message = std::move(outcome.payload);
      break;
    case AttemptResult::ServiceError:
      answer.status = 500;
      answer.message = std::move(outcome.payload);
      break;
  }
  return answer;
}

struct Event {
  std::string function;
  std::string qualifier;
  InvocationRequest request;
  EventProgress progress;
  EventSettings settings;  // as last seen: those of a function that is gone still count
  EventAnswer answer;

  std::size_t bytes() const { return request.payload->size() + kEventOverheadBytes; }
};
using Shared = std::shared_ptr<Event>;

}  // namespace

class EventQueue::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(const FunctionCatalog& functions, const Clock& clock, Run run,
       EventDestinations::MakeSink make_sink, Options options)
      : functions_(functions),
        clock_(clock),
        run_(std::move(run)),
        options_(options),
        destinations_(
            std::move(make_sink),
            [this](const std::string& function, const std::string& qualifier, std::string record) {
              InvocationRequest request;
              request.request_id = random_uuid();
              request.payload = std::make_shared<const std::string>(std::move(record));
              accept(function, qualifier, std::move(request));
            }) {}

  void start() {
    thread_ = std::thread([this] { work(); });
  }
  void accept(const std::string& function, const std::string& qualifier, InvocationRequest request);
  void wake() { wakeup_.notify(); }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  void stop();

 private:
  struct Finished {
    Shared event;
    Outcome outcome;
  };
  struct FunctionQueue {
    std::multimap<TimePoint, Shared> waiting;  // by when they are due
    std::size_t running = 0;
  };

  // the queue's thread
  void work();
  void take_inboxes();
  std::chrono::nanoseconds start_due();
  void attempt(FunctionQueue& queue, const Shared& event);
  void settle(const Shared& event, AttemptResult result, Outcome outcome);
  void say_retry(const Event& event, AttemptResult result, const std::string& why,
                 TimePoint due) const;
  void finish(const Shared& event, EventCondition condition);

  void finished(Shared event, Outcome outcome);  // any thread
  std::string left() const;                      // with mutex_ held

  // constant after construction
  const FunctionCatalog& functions_;
  const Clock& clock_;
  const Run run_;
  const Options options_;

  Wakeup wakeup_;
  std::once_flag stop_once_;

  mutable std::mutex mutex_;
  // guarded by mutex_
  bool stopped_ = false;
  std::vector<Shared> accepted_;
  std::vector<Finished> finished_;
  std::map<std::string, std::size_t> events_of_;  // by function; those that run too
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;

  // owned by the queue's thread
  std::map<std::string, FunctionQueue> queues_;  // of functions that have events
  EventDestinations destinations_;

  std::thread thread_;
};

void EventQueue::Impl::accept(const std::string& function, const std::string& qualifier,
                              InvocationRequest request) {
  auto event = std::make_shared<Event>();
  event->function = function;
  event->qualifier = qualifier;
  event->request = std::move(request);
  event->progress.accepted = clock_.now();
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) throw service_error("klambda is stopping.");
    const std::size_t bytes = event->bytes();
    if (events_ >= options_.events_max || bytes_ + bytes > options_.bytes_max)
      throw too_many_requests("Rate Exceeded.", "CallerRateLimitExceeded");
    ++events_;
    ++events_of_[event->function];
    bytes_ += bytes;
    accepted_.push_back(std::move(event));
  }
  wakeup_.notify();
}

void EventQueue::Impl::finished(Shared event, Outcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    finished_.push_back({std::move(event), std::move(outcome)});
  }
  wakeup_.notify();
}

void EventQueue::Impl::stop() {
  std::call_once(stop_once_, [this] {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wakeup_.notify();
    thread_.join();
    destinations_.stop();
    const std::lock_guard lock(mutex_);
    if (events_ == 0) return;
    log::warn(
        "{} of asynchronous invocations not done ({}): gone, since klambda keeps them in "
        "memory only",
        counted(events_, "event"), left());
  });
}

std::string EventQueue::Impl::left() const {
  std::string text;
  for (const auto& [function, count] : events_of_) {
    if (!text.empty()) text += ", ";
    text.append(function).append(": ").append(std::to_string(count));
  }
  return text;
}

void EventQueue::Impl::work() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
    }
    take_inboxes();
    wakeup_.wait(clock_.real_time(start_due()));
  }
}

void EventQueue::Impl::take_inboxes() {
  std::vector<Shared> accepted;
  std::vector<Finished> finished;
  {
    const std::lock_guard lock(mutex_);
    accepted.swap(accepted_);
    finished.swap(finished_);
  }
  for (auto& event : accepted) {
    const TimePoint due = event->progress.accepted;
    queues_[event->function].waiting.emplace(due, std::move(event));
  }
  for (auto& each : finished) {
    --queues_[each.event->function].running;
    const auto result = result_of(each.outcome.kind);
    settle(each.event, result, std::move(each.outcome));
  }
}

// How long until the next one is due; what cannot run before another ends does not count.
std::chrono::nanoseconds EventQueue::Impl::start_due() {
  std::chrono::nanoseconds sleep = kLongSleep;
  for (auto entry = queues_.begin(); entry != queues_.end();) {
    auto& queue = entry->second;
    const TimePoint now = clock_.now();
    while (!queue.waiting.empty() && queue.running < options_.running_max) {
      const auto next = queue.waiting.begin();
      if (next->first > now) {
        sleep = std::min<std::chrono::nanoseconds>(sleep, next->first - now);
        break;
      }
      const Shared event = std::move(next->second);
      queue.waiting.erase(next);
      attempt(queue, event);
    }
    entry = queue.waiting.empty() && queue.running == 0 ? queues_.erase(entry) : std::next(entry);
  }
  return sleep;
}

void EventQueue::Impl::attempt(FunctionQueue& queue, const Shared& event) {
  std::optional<int> reserved;
  if (const auto function = functions_.find(event->function)) {
    event->settings = event_settings(*function, event->qualifier);
    reserved = function->reserved_concurrency;
  }
  if (const auto end = before_attempt(event->progress, event->settings, reserved, clock_.now()))
    return finish(event, end->condition);
  try {
    run_(event->function, event->qualifier, event->request,
         [self = shared_from_this(), event](Outcome outcome) {
           self->finished(event, std::move(outcome));
         });
    ++queue.running;
  } catch (const std::exception& error) {
    const auto* const known = dynamic_cast<const ApiError*>(&error);
    Outcome outcome;
    outcome.payload = error.what();
    settle(event,
           known != nullptr && known->status == 404 ? AttemptResult::NotFound
                                                    : AttemptResult::ServiceError,
           std::move(outcome));
  }
}

void EventQueue::Impl::settle(const Shared& event, AttemptResult result, Outcome outcome) {
  const std::string why =
      outcome.error_type.empty() ? outcome.payload.substr(0, 200) : outcome.error_type;
  event->answer = answer_of(result, std::move(outcome));
  const auto decision = after_attempt(event->progress, result, event->settings, clock_.now());
  if (const auto* end = std::get_if<EndOfEvent>(&decision)) return finish(event, end->condition);
  const TimePoint due = std::get<RetryAt>(decision).due;
  say_retry(*event, result, why, due);
  queues_[event->function].waiting.emplace(due, event);
}

// The refusals of one event are said once: they may be hundreds.
void EventQueue::Impl::say_retry(const Event& event, AttemptResult result, const std::string& why,
                                 TimePoint due) const {
  const bool refused = result == AttemptResult::Throttled || result == AttemptResult::ServiceError;
  if (refused && event.progress.refusals > 1) return;
  const auto delay = std::chrono::round<std::chrono::seconds>(due - clock_.now());
  log::warn("[{}] asynchronous invocation {} {}: {}; it is tried again in {} s{}", event.function,
            event.request.request_id, refused ? "did not run" : "failed", why, delay.count(),
            refused ? ", then less and less often" : "");
}

void EventQueue::Impl::finish(const Shared& event, EventCondition condition) {
  EventOutcome outcome;
  outcome.function = event->function;
  outcome.function_arn = arn_of(event->function, event->qualifier);
  outcome.request_id = event->request.request_id;
  outcome.event = event->request.payload;
  outcome.condition = condition;
  outcome.attempts = event->progress.attempts;
  outcome.answer = std::move(event->answer);
  outcome.now_epoch_ms = clock_.epoch_ms();
  const auto& settings = event->settings;
  const std::string about =
      "[" + event->function + "] asynchronous invocation " + outcome.request_id;
  if (condition == EventCondition::Success) {
    if (!settings.on_success.empty())
      destinations_.send(settings.on_success, invocation_record(outcome), about);
  } else {
    const bool kept = !settings.on_failure.empty() || !settings.dead_letter.empty();
    log::error("{} is given up: {} after {}{}", about, to_string(condition),
               counted(static_cast<unsigned>(outcome.attempts), "attempt"),
               kept ? "" : "; it has no on-failure destination and no dead-letter queue");
    if (!settings.on_failure.empty())
      destinations_.send(settings.on_failure, invocation_record(outcome), about);
    if (!settings.dead_letter.empty())
      destinations_.send(settings.dead_letter, dead_letter(outcome), about);
  }
  const std::lock_guard lock(mutex_);
  --events_;
  bytes_ -= event->bytes();
  if (const auto count = events_of_.find(event->function); --count->second == 0)
    events_of_.erase(count);
}

EventQueue::EventQueue(const FunctionCatalog& functions, const Clock& clock, Run run,
                       EventDestinations::MakeSink make_sink, Options options)
    : impl_(
          std::make_shared<Impl>(functions, clock, std::move(run), std::move(make_sink), options)) {
  impl_->start();
}

EventQueue::~EventQueue() {
  stop();
}

void EventQueue::accept(const std::string& function, const std::string& qualifier,
                        InvocationRequest request) {
  impl_->accept(function, qualifier, std::move(request));
}

void EventQueue::wake() {
  impl_->wake();
}

std::size_t EventQueue::size() const {
  return impl_->size();
}

void EventQueue::stop() {
  impl_->stop();
}

}  // namespace emulator
