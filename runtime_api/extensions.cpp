#include "runtime_api/extensions.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "runtime_api/uuid.h"

namespace runtime_api {
namespace {

constexpr std::string_view kInvoke = "INVOKE";
constexpr std::string_view kShutdown = "SHUTDOWN";

// rie rapi/handler: StateTransitionFailedForExtensionMessageFormat
Refusal forbidden(ExtensionState from, ExtensionState to, std::string_view extension) {
  std::string message = "State transition from ";
  message.append(to_string(from)).append(" to ").append(to_string(to));
  message.append(" failed for extension ").append(extension);
  message.append(". Error: State transition is not allowed");
  return {403, std::move(message), "Extension.InvalidExtensionState"};
}

Refusal unknown(std::string message) {
  return {403, std::move(message), "Extension.UnknownExtensionIdentifier"};
}

Extensions::Event event_of(std::string body) {
  return {new_uuid(), std::make_shared<const std::string>(std::move(body))};
}

}  // namespace

std::string_view to_string(ExtensionState state) {
  switch (state) {  // rie core/agent_state_names.go
    case ExtensionState::Started:
      return "Started";
    case ExtensionState::Registered:
      return "Registered";
    case ExtensionState::Ready:
      return "Ready";
    case ExtensionState::Running:
      return "Running";
    case ExtensionState::InitError:
      return "InitError";
    case ExtensionState::ExitError:
      return "ExitError";
    case ExtensionState::LaunchError:
      return "LaunchError";
    case ExtensionState::Exited:
      return "Exited";
  }
  return "Unknown";
}

Extensions::Extensions(Function function, ExtensionsEvents events, InstanceKind instances)
    : function_(std::move(function)), events_(std::move(events)), instances_(instances) {}

// --- the owner's half ---

void Extensions::expect(const std::vector<std::string>& names) {
  const std::lock_guard lock(mutex_);
  for (const auto& name : names) {
    auto extension = std::make_unique<Extension>();
    extension->id = new_uuid();
    extension->info.name = name;
    extensions_.push_back(std::move(extension));
  }
}

void Extensions::launch_failed(std::string_view name, std::string_view error_type) {
  const std::lock_guard lock(mutex_);
  if (auto* extension = find_external(name)) {
    extension->info.state = ExtensionState::LaunchError;
    extension->info.error_type = error_type;
  }
}

void Extensions::exited(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto* extension = find_external(name);
  if (extension == nullptr) return;
  auto& state = extension->info.state;
  if (state != ExtensionState::InitError && state != ExtensionState::ExitError)
    state = ExtensionState::Exited;
}

bool Extensions::close_registration() {
  const std::lock_guard lock(mutex_);
  registration_open_ = false;
  ready_announced_ = all_ready();
  return ready_announced_;
}

bool Extensions::any() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(extensions_.begin(), extensions_.end(), [](const auto& each) {
    return each->info.state != ExtensionState::Started &&
           each->info.state != ExtensionState::LaunchError;
  });
}

bool Extensions::begin_invocation(const InvokeEvent& event) {
  if (!wants_invoke()) return false;
  const auto body = std::make_shared<const std::string>(invoke_body(event));
  std::vector<Handover> handovers;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    for (const auto& extension : extensions_) {
      const auto state = extension->info.state;
      if (!extension->info.invoke ||
          (state != ExtensionState::Ready && state != ExtensionState::Running))
        continue;
      if (!std::exchange(extension->owes_invoke, true)) ++owing_;
      give(*extension, Event{new_uuid(), body}, handovers);
    }
    if (owing_ == 0) return false;
  }
  hand_over(std::move(handovers));
  return true;
}

void Extensions::shut_down(ShutdownReason reason, std::int64_t deadline_epoch_ms) {
  const Event event = event_of(shutdown_body(reason, deadline_epoch_ms));
  std::vector<Handover> handovers;
  {
    const std::lock_guard lock(mutex_);
    owing_ = 0;
    invoke_subscribers_ = 0;
    for (const auto& extension : extensions_) {
      extension->owes_invoke = false;
      if (extension->info.kind == ExtensionKind::External && extension->info.shutdown)
        give(*extension, event, handovers);
    }
  }
  hand_over(std::move(handovers));
}

void Extensions::close() {
  std::vector<Handover> handovers;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& extension : extensions_) {
      if (auto* waiter = std::exchange(extension->waiter, nullptr))
        handovers.push_back(
            {waiter, forbidden(extension->info.state, ExtensionState::Ready, extension->id)});
    }
  }
  hand_over(std::move(handovers));
}

std::vector<ExtensionInfo> Extensions::infos() const {
  std::vector<ExtensionInfo> infos;
  const std::lock_guard lock(mutex_);
  for (const auto& extension : extensions_) infos.push_back(extension->info);
  return infos;
}

// --- the extensions' half ---

std::variant<std::string, Refusal> Extensions::register_extension(
    const Registration& registration) {
  std::string id;
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    Extension* extension = find_external(registration.name);
    const auto kind = extension != nullptr ? ExtensionKind::External : ExtensionKind::Internal;
    if (auto refusal = check_events(registration, kind)) return *std::move(refusal);
    if (extension == nullptr) {
      auto admitted = admit_internal(registration.name);
      if (auto* refusal = std::get_if<Refusal>(&admitted)) return std::move(*refusal);
      extension = std::get<Extension*>(admitted);
    }
    if (closed_ || extension->info.state != ExtensionState::Started)
      return forbidden(extension->info.state, ExtensionState::Registered, registration.name);
    extension->info.state = ExtensionState::Registered;
    subscribe(*extension, registration.events);
    id = extension->id;
    last = kind == ExtensionKind::External &&
           std::none_of(extensions_.begin(), extensions_.end(), [](const auto& each) {
             return each->info.state == ExtensionState::Started;
           });
  }
  if (last) announce(Announcement::AllRegistered);
  return id;
}

std::optional<Refusal> Extensions::check_events(const Registration& registration,
                                                ExtensionKind kind) const {
  const bool managed = instances_ == InstanceKind::Managed;
  // rie lambda-managed-instances/rapi/handler/agentregister.go
  if (managed && kind == ExtensionKind::Internal && !registration.events.empty())
    return Refusal{403, "No events allowed for internal extensions", "Extension.InvalidEventType"};
  for (const auto& event : registration.events) {
    if (event == kInvoke && !managed) continue;
    if (event != kShutdown)
      return Refusal{403, event + ": ErrorInvalidEventType", "Extension.InvalidEventType"};
    if (kind == ExtensionKind::Internal)
      return Refusal{403, event + ": ShutdownEventNotSupportedForInternalExtension",
                     "Extension.InvalidEventType"};
  }
  return std::nullopt;
}

std::variant<Extensions::Extension*, Refusal> Extensions::admit_internal(const std::string& name) {
  if (!registration_open_ || closed_)
    return Refusal{403, "Extension registration closed already", "Extension.RegistrationClosed"};
  if (extensions_.size() >= kExtensionsMax)
    return Refusal{403, "Extension limit (10) reached", "Extension.TooManyExtensions"};
  for (const auto& each : extensions_) {
    if (each->info.name == name)
      return Refusal{403, "Extension with this name already registered",
                     "Extension.InvalidExtensionState"};
  }
  auto extension = std::make_unique<Extension>();
  extension->id = new_uuid();
  extension->info.name = name;
  extension->info.kind = ExtensionKind::Internal;
  extensions_.push_back(std::move(extension));
  return extensions_.back().get();
}

void Extensions::subscribe(Extension& extension, const std::vector<std::string>& events) {
  for (const auto& event : events) {
    bool& wanted = event == kInvoke ? extension.info.invoke : extension.info.shutdown;
    if (!std::exchange(wanted, true) && event == kInvoke) ++invoke_subscribers_;
  }
}

std::optional<Refusal> Extensions::next(std::string_view id, Waiter& waiter) {
  std::vector<Handover> handovers;
  auto announcement = Announcement::None;
  {
    const std::lock_guard lock(mutex_);
    Extension* extension = find(id);
    if (extension == nullptr) return unknown("Unknown extension " + std::string(id));
    auto& state = extension->info.state;
    switch (state) {
      case ExtensionState::Ready:
        // The RIE refuses this whoever waits; one whose connection broke may ask again here.
        if (extension->waiter == nullptr) break;
        return forbidden(state, ExtensionState::Ready, id);
      case ExtensionState::Registered:
      case ExtensionState::Running:
        break;
      default:
        return forbidden(state, ExtensionState::Ready, id);
    }
    if (closed_) return forbidden(state, ExtensionState::Ready, id);
    state = ExtensionState::Ready;
    if (extension->pending) {
      state = ExtensionState::Running;
      handovers.push_back({&waiter, *std::exchange(extension->pending, std::nullopt)});
    } else {
      extension->waiter = &waiter;
      announcement = after_ask(*extension);
    }
  }
  hand_over(std::move(handovers));
  announce(announcement);
  return std::nullopt;
}

bool Extensions::leave(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  for (const auto& extension : extensions_) {
    if (extension->waiter != &waiter) continue;
    extension->waiter = nullptr;
    return true;
  }
  return false;
}

void Extensions::not_delivered(std::string_view id, Event event) {
  std::vector<Handover> handovers;
  {
    const std::lock_guard lock(mutex_);
    Extension* extension = find(id);
    if (extension == nullptr || closed_) return;
    if (!extension->pending) give(*extension, event, handovers);
  }
  hand_over(std::move(handovers));
}

std::optional<Refusal> Extensions::post_error(std::string_view id, ExtensionFailure::Phase phase,
                                              std::string_view error_type) {
  const bool init = phase == ExtensionFailure::Phase::Init;
  ExtensionFailure failure;
  {
    const std::lock_guard lock(mutex_);
    Extension* extension = find(id);
    if (extension == nullptr) return unknown("Unknown Lambda-Extension-Identifier");
    auto& state = extension->info.state;
    const auto target = init ? ExtensionState::InitError : ExtensionState::ExitError;
    // Several calls are allowed, the first counts.
    if (state == target && !closed_) return std::nullopt;
    const bool allowed =
        state == ExtensionState::Registered ||
        (!init && (state == ExtensionState::Ready || state == ExtensionState::Running));
    if (!allowed || closed_)
      return forbidden(state, init ? ExtensionState::InitError : ExtensionState::Exited, id);
    state = target;
    extension->info.error_type = error_type;
    failure = {extension->info.name, phase, std::string(error_type)};
  }
  if (events_.failed) events_.failed(std::move(failure));
  return std::nullopt;
}

std::optional<std::string> Extensions::name_of(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const Extension* extension = find(id);
  return extension == nullptr ? std::nullopt : std::optional(extension->info.name);
}

// --- with mutex_ held ---

// One that has not registered has not been told its identifier.
Extensions::Extension* Extensions::find(std::string_view id) const {
  for (const auto& extension : extensions_)
    if (extension->id == id) return extension.get();
  return nullptr;
}

Extensions::Extension* Extensions::find_external(std::string_view name) {
  for (const auto& extension : extensions_) {
    if (extension->info.kind == ExtensionKind::External && extension->info.name == name)
      return extension.get();
  }
  return nullptr;
}

void Extensions::give(Extension& extension, const Event& event, std::vector<Handover>& handovers) {
  if (extension.waiter == nullptr) {
    extension.pending = event;
    return;
  }
  extension.info.state = ExtensionState::Running;
  handovers.push_back({std::exchange(extension.waiter, nullptr), event});
}

bool Extensions::all_ready() const {
  return std::all_of(extensions_.begin(), extensions_.end(),
                     [](const auto& each) { return each->has_asked; });
}

Extensions::Announcement Extensions::after_ask(Extension& extension) {
  const bool first = !std::exchange(extension.has_asked, true);
  if (std::exchange(extension.owes_invoke, false)) {
    assert(owing_ > 0);
    return --owing_ == 0 ? Announcement::InvocationDone : Announcement::None;
  }
  if (!first || registration_open_ || ready_announced_ || !all_ready()) return Announcement::None;
  ready_announced_ = true;
  return Announcement::AllReady;
}

// --- without it ---

void Extensions::hand_over(std::vector<Handover> handovers) {
  for (auto& each : handovers) {
    if (auto* refusal = std::get_if<Refusal>(&each.what))
      each.waiter->refuse(std::move(*refusal));
    else
      each.waiter->take(std::get<Event>(std::move(each.what)));
  }
}

void Extensions::announce(Announcement what) const {
  const std::function<void()>* told = nullptr;
  switch (what) {
    case Announcement::None:
      return;
    case Announcement::AllRegistered:
      told = &events_.all_registered;
      break;
    case Announcement::AllReady:
      told = &events_.all_ready;
      break;
    case Announcement::InvocationDone:
      told = &events_.invocation_done;
      break;
  }
  if (*told) (*told)();
}

}  // namespace runtime_api
