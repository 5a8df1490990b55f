// How both kinds of session give waiting requests what is there for them. Internal.
#pragma once

#include <mutex>
#include <utility>
#include <variant>

#include "runtime_api/runtime_session.h"

namespace runtime_api {

// Calls `find`, with the session's lock held, until it has nothing more: an optional of
// {waiter, what: Taken or Refusal, first: the invocation has just begun}. Each waiter gets its call
// without the lock, after `taken`.
template <typename Find>
void hand_over_all(std::mutex& mutex, const SessionEvents& events, Find find) {
  for (;;) {
    auto handover = [&] {
      const std::lock_guard lock(mutex);
      return find();
    }();
    if (!handover) return;
    if (auto* refusal = std::get_if<Refusal>(&handover->what)) {
      handover->waiter->refuse(std::move(*refusal));
      continue;
    }
    auto& taken = std::get<RuntimeSession::Taken>(handover->what);
    if (handover->first && events.taken) events.taken(taken.invocation);
    handover->waiter->take(std::move(taken));
  }
}

}  // namespace runtime_api
