// The extensions of one execution environment: which state each is in and which event it has.
// Every transition is forbidden unless listed (states and messages of AWS's RIE,
// internal/lambda/core/externalagent_states.go, internalagent_states.go, rapi/handler/agent*.go;
// docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
//
// External ones are programs that the owner starts: it names them before. Whatever else registers
// is internal, a part of the runtime's process.
//
// Threads: any. HTTP connections call the extensions' half, the environment's owner the other.
// Callbacks run on the thread that caused them, never while the lock is held. Lifetime: that of
// the session beside it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime_api/extension_event.h"
#include "runtime_api/runtime_session.h"

namespace runtime_api {

inline constexpr std::size_t kExtensionsMax = 10;  // docs runtimes-extensions-api.html

enum class ExtensionKind { External, Internal };
enum class ExtensionState {
  Started,
  Registered,
  Ready,
  Running,
  InitError,
  ExitError,
  LaunchError,
  Exited
};
std::string_view to_string(ExtensionState state);  // as AWS writes it

struct ExtensionInfo {
  std::string name;
  ExtensionKind kind = ExtensionKind::External;
  ExtensionState state = ExtensionState::Started;
  bool invoke = false;    // subscribed to INVOKE
  bool shutdown = false;  // subscribed to SHUTDOWN
  std::string error_type;
};

// What an extension said of its own end.
struct ExtensionFailure {
  enum class Phase { Init, Exit };
  std::string name;
  Phase phase = Phase::Init;
  std::string error_type;  // as it posted it
};

// The environment that owns the extensions. Each may be empty.
struct ExtensionsEvents {
  std::function<void()> all_registered;   // every external one: the runtime may start
  std::function<void()> all_ready;        // after close_registration(): each has asked for an event
  std::function<void()> invocation_done;  // each that got INVOKE has asked for the next event
  std::function<void(ExtensionFailure)> failed;
};

class Extensions {
 public:
  struct Function {  // what register answers
    std::string name;
    std::string version;
    std::string handler;
    std::string account_id;
  };

  // Those of managed instances may not subscribe to INVOKE.
  Extensions(Function function, ExtensionsEvents events,
             InstanceKind instances = InstanceKind::Default);
  Extensions(const Extensions&) = delete;
  Extensions& operator=(const Extensions&) = delete;

  // --- the owner's half ---

  // External ones that are about to be started, by file name; before any request.
  void expect(const std::vector<std::string>& names);
  void launch_failed(std::string_view name, std::string_view error_type);
  void exited(std::string_view name);
  // The runtime has asked for its first event. True: every extension has, too; false: all_ready
  // follows.
  bool close_registration();
  bool any() const;            // that is registered
  bool wants_invoke() const {  // costs one load
    return invoke_subscribers_.load(std::memory_order_relaxed) != 0;
  }
  // Sends INVOKE to the subscribers; invocation_done follows, unless there is none (false). One at
  // a time.
  bool begin_invocation(const InvokeEvent& event);
  // Sends SHUTDOWN to the external subscribers; INVOKE is not waited for any more.
  void shut_down(ShutdownReason reason, std::int64_t deadline_epoch_ms);
  // After this every request is refused, those that wait included.
  void close();
  std::vector<ExtensionInfo> infos() const;

  // --- the extensions' half, called by ExtensionRoutes ---

  struct Registration {
    std::string name;
    std::vector<std::string> events;
  };
  // The extension's identifier.
  std::variant<std::string, Refusal> register_extension(const Registration& registration);

  struct Event {
    std::string id;  // header Lambda-Extension-Event-Identifier
    Payload body;
  };
  // One that waits for an event, as Session::Waiter.
  class Waiter {
   public:
    virtual ~Waiter() = default;
    virtual void take(Event event) = 0;
    virtual void refuse(Refusal refusal) = 0;
  };
  // The extension asks for an event; the waiter gets its call when there is one.
  std::optional<Refusal> next(std::string_view id, Waiter& waiter);
  // False: it got its call, or is getting it at this moment.
  bool leave(Waiter& waiter);
  // The connection that took the event was gone already: the extension's next request gets it.
  void not_delivered(std::string_view id, Event event);

  std::optional<Refusal> post_error(std::string_view id, ExtensionFailure::Phase phase,
                                    std::string_view error_type);
  std::optional<std::string> name_of(std::string_view id) const;

  const Function& function() const { return function_; }
  InstanceKind instances() const { return instances_; }

 private:
  struct Extension {
    std::string id;
    ExtensionInfo info;
    Waiter* waiter = nullptr;
    std::optional<Event> pending;  // while nobody waits
    bool has_asked = false;        // for an event, once
    bool owes_invoke = false;      // got INVOKE and has not asked since
  };
  struct Handover {
    Waiter* waiter;
    std::variant<Event, Refusal> what;
  };
  enum class Announcement { None, AllRegistered, AllReady, InvocationDone };

  // with mutex_ held
  Extension* find(std::string_view id) const;
  Extension* find_external(std::string_view name);
  std::optional<Refusal> check_events(const Registration& registration, ExtensionKind kind) const;
  std::variant<Extension*, Refusal> admit_internal(const std::string& name);
  void subscribe(Extension& extension, const std::vector<std::string>& events);
  void give(Extension& extension, const Event& event, std::vector<Handover>& handovers);
  Announcement after_ask(Extension& extension);
  bool all_ready() const;

  static void hand_over(std::vector<Handover> handovers);
  void announce(Announcement what) const;

  // constant after construction
  const Function function_;
  const ExtensionsEvents events_;
  const InstanceKind instances_;

  std::atomic<std::size_t> invoke_subscribers_{0};

  mutable std::mutex mutex_;
  // guarded by mutex_
  std::vector<std::unique_ptr<Extension>> extensions_;
  bool registration_open_ = true;
  bool ready_announced_ = false;
  bool closed_ = false;
  std::size_t owing_ = 0;  // of extensions_: owes_invoke
};

}  // namespace runtime_api
