#include "runtime_api/extensions.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace runtime_api;

namespace {

struct Recorder {
  int registered = 0;
  int ready = 0;
  int done = 0;
  std::vector<ExtensionFailure> failures;

  ExtensionsEvents events() {
    return {[this] { ++registered; }, [this] { ++ready; }, [this] { ++done; },
            [this](ExtensionFailure failure) { failures.push_back(std::move(failure)); }};
  }
};

// Keeps what it gets.
struct Asker : Extensions::Waiter {
  void take(Extensions::Event event) override { events.push_back(*event.body); }
  void refuse(Refusal refusal) override { refusals.push_back(refusal.message); }
  std::vector<std::string> events;
  std::vector<std::string> refusals;
};

class Rig {
 public:
  Recorder seen;
  Extensions extensions{{"orders", "$LATEST", "app.handler", "000000000000"}, seen.events()};

  // Its identifier, or the refusal's type and message.
  std::string enlist(const std::string& name, std::vector<std::string> events = {}) {
    auto result = extensions.register_extension({name, std::move(events)});
    if (auto* refusal = std::get_if<Refusal>(&result)) return text(*refusal);
    return std::get<std::string>(result);
  }
  static std::string text(const std::optional<Refusal>& refusal) {
    return refusal ? std::to_string(refusal->status) + " " + refusal->type + ": " + refusal->message
                   : "";
  }
  ExtensionState state(std::size_t index = 0) { return extensions.infos().at(index).state; }
};

std::string transition(const std::string& from, const std::string& to, const std::string& whose) {
  return "403 Extension.InvalidExtensionState: State transition from " + from + " to " + to +
         " failed for extension " + whose + ". Error: State transition is not allowed";
}

const InvokeEvent kInvoke{"id-1", "arn:aws:lambda:us-east-1:0:function:orders",
                          "Root=1-2-3;Parent=4;Sampled=1", 1'700'000'000'000};

}  // namespace

TEST_CASE("an external extension registers, gets INVOKE and SHUTDOWN") {
  Rig rig;
  rig.extensions.expect({"agent", "other"});
  CHECK(rig.state() == ExtensionState::Started);
  const auto id = rig.enlist("agent", {"INVOKE", "SHUTDOWN"});
  CHECK(id.size() == 36);
  CHECK(rig.seen.registered == 0);
  const auto other = rig.enlist("other");
  CHECK(rig.seen.registered == 1);
  CHECK(rig.state() == ExtensionState::Registered);

  Asker asker;
  Asker silent;
  CHECK_FALSE(rig.extensions.next(id, asker).has_value());
  CHECK(rig.state() == ExtensionState::Ready);
  CHECK_FALSE(rig.extensions.close_registration());
  CHECK_FALSE(rig.extensions.next(other, silent).has_value());
  CHECK(rig.seen.ready == 1);

  CHECK(rig.extensions.wants_invoke());
  CHECK(rig.extensions.begin_invocation(kInvoke));
  REQUIRE(asker.events.size() == 1);
  CHECK(asker.events[0] ==
        R"({"eventType":"INVOKE","deadlineMs":1700000000000,"requestId":"id-1",)"
        R"("invokedFunctionArn":"arn:aws:lambda:us-east-1:0:function:orders",)"
        R"("tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1-2-3;Parent=4;Sampled=1"}})");
  CHECK(rig.state() == ExtensionState::Running);
  CHECK(rig.seen.done == 0);
  CHECK_FALSE(rig.extensions.next(id, asker).has_value());
  CHECK(rig.seen.done == 1);

  rig.extensions.shut_down(ShutdownReason::Timeout, 12);
  REQUIRE(asker.events.size() == 2);
  CHECK(asker.events[1] ==
        R"({"eventType":"SHUTDOWN","deadlineMs":12,"shutdownReason":"TIMEOUT"})");
  CHECK(silent.events.empty());
  // The crate lambda-extension asks again after SHUTDOWN and is left waiting.
  CHECK_FALSE(rig.extensions.next(id, asker).has_value());
  CHECK(asker.events.size() == 2);
  rig.extensions.close();
  CHECK(asker.refusals.size() == 1);
  CHECK(silent.refusals.size() == 1);
  CHECK(rig.text(rig.extensions.next(id, asker)) == transition("Ready", "Ready", id));
}

TEST_CASE("an event without a trace id has no member tracing, and reasons are in capitals") {
  auto event = kInvoke;
  event.trace_id.clear();
  CHECK(invoke_body(event).find("tracing") == std::string::npos);
  CHECK(shutdown_body(ShutdownReason::Spindown, 1).find("\"SPINDOWN\"") != std::string::npos);
  CHECK(shutdown_body(ShutdownReason::Failure, 1).find("\"FAILURE\"") != std::string::npos);
}

TEST_CASE("what registers without being expected is internal") {
  Rig rig;
  CHECK(rig.enlist("Go", {}).size() == 36);
  CHECK(rig.extensions.infos()[0].kind == ExtensionKind::Internal);
  CHECK(rig.enlist("Go") ==
        "403 Extension.InvalidExtensionState: Extension with this name already registered");
  CHECK(rig.enlist("in", {"SHUTDOWN"}) ==
        "403 Extension.InvalidEventType: SHUTDOWN: ShutdownEventNotSupportedForInternalExtension");
  CHECK(rig.enlist("in", {"INVOKE", "BOOT"}) ==
        "403 Extension.InvalidEventType: BOOT: ErrorInvalidEventType");
  CHECK(rig.extensions.infos().size() == 1);
  rig.extensions.close_registration();
  CHECK(rig.enlist("late") ==
        "403 Extension.RegistrationClosed: Extension registration closed already");
}

TEST_CASE("an external one registers once, for events that there are") {
  Rig rig;
  rig.extensions.expect({"agent"});
  CHECK(rig.enlist("agent", {"invoke"}) ==
        "403 Extension.InvalidEventType: invoke: ErrorInvalidEventType");
  CHECK(rig.state() == ExtensionState::Started);
  rig.enlist("agent");
  CHECK(rig.enlist("agent") == transition("Registered", "Registered", "agent"));
}

TEST_CASE("ten extensions and no more") {
  Rig rig;
  rig.extensions.expect({"a", "b"});
  for (int count = 0; count < 8; ++count)
    CHECK(rig.enlist("in-" + std::to_string(count)).size() == 36);
  CHECK(rig.enlist("in-8") == "403 Extension.TooManyExtensions: Extension limit (10) reached");
  CHECK(rig.enlist("a").size() == 36);
}

TEST_CASE("each state of an extension takes the requests that are listed, and no others") {
  Rig rig;
  rig.extensions.expect({"agent"});
  const auto id = rig.enlist("agent", {"INVOKE"});
  Asker asker;
  Asker second;
  using Phase = ExtensionFailure::Phase;
  const auto init_error = [&] {
    return Rig::text(rig.extensions.post_error(id, Phase::Init, "E"));
  };
  const auto exit_error = [&] {
    return Rig::text(rig.extensions.post_error(id, Phase::Exit, "X"));
  };
  const auto next = [&] { return Rig::text(rig.extensions.next(id, second)); };

  SECTION("Registered: init/error, and again") {
    CHECK(init_error().empty());
    CHECK(init_error().empty());
    CHECK(rig.seen.failures.size() == 1);
    CHECK(exit_error() == transition("InitError", "Exited", id));
    CHECK(next() == transition("InitError", "Ready", id));
    CHECK(rig.extensions.infos()[0].error_type == "E");
  }
  SECTION("Registered: exit/error, and again") {
    CHECK(exit_error().empty());
    CHECK(exit_error().empty());
    CHECK(rig.seen.failures.size() == 1);
    CHECK(rig.seen.failures[0].phase == Phase::Exit);
    CHECK(init_error() == transition("ExitError", "InitError", id));
    CHECK(next() == transition("ExitError", "Ready", id));
  }
  SECTION("Ready") {
    CHECK_FALSE(rig.extensions.next(id, asker).has_value());
    CHECK(next() == transition("Ready", "Ready", id));
    CHECK(init_error() == transition("Ready", "InitError", id));
    CHECK(exit_error().empty());
  }
  SECTION("Ready, its connection gone: it may ask again") {
    CHECK_FALSE(rig.extensions.next(id, asker).has_value());
    CHECK(rig.extensions.leave(asker));
    CHECK_FALSE(rig.extensions.leave(asker));
    rig.extensions.close_registration();
    CHECK(rig.extensions.begin_invocation(kInvoke));
    CHECK(next().empty());
    CHECK(second.events.size() == 1);
    CHECK(rig.seen.done == 0);
    CHECK(next().empty());
    CHECK(rig.seen.done == 1);
  }
  SECTION("Running") {
    CHECK_FALSE(rig.extensions.next(id, asker).has_value());
    rig.extensions.close_registration();
    rig.extensions.begin_invocation(kInvoke);
    CHECK(init_error() == transition("Running", "InitError", id));
    SECTION("exit/error") {
      CHECK(exit_error().empty());
    }
    SECTION("its event reached nobody: the next request gets it") {
      rig.extensions.not_delivered(id, {"event", std::make_shared<const std::string>("again")});
      CHECK(next().empty());
      CHECK(second.events == std::vector<std::string>{"again"});
      CHECK(rig.seen.done == 0);
    }
    SECTION("SHUTDOWN waits until it asks, for one that wants it only") {
      rig.extensions.shut_down(ShutdownReason::Spindown, 1);
      CHECK(next().empty());
      CHECK(second.events.empty());
      CHECK(rig.seen.done == 0);
    }
  }
  SECTION("LaunchError and Exited") {
    rig.extensions.exited("agent");
    CHECK(rig.state() == ExtensionState::Exited);
    CHECK(next() == transition("Exited", "Ready", id));
    CHECK(init_error() == transition("Exited", "InitError", id));
    CHECK(exit_error() == transition("Exited", "Exited", id));
    rig.extensions.launch_failed("agent", "PermissionDenied");
    CHECK(next() == transition("LaunchError", "Ready", id));
  }
}

TEST_CASE("unknown identifiers") {
  Rig rig;
  Asker asker;
  CHECK(Rig::text(rig.extensions.next("nobody", asker)) ==
        "403 Extension.UnknownExtensionIdentifier: Unknown extension nobody");
  CHECK(Rig::text(rig.extensions.post_error("nobody", ExtensionFailure::Phase::Exit, "E")) ==
        "403 Extension.UnknownExtensionIdentifier: Unknown Lambda-Extension-Identifier");
}

TEST_CASE("one that wants no events is waited for at init and never called") {
  Rig rig;
  const auto id = rig.enlist("GoLangEnableSIGTERM");
  CHECK_FALSE(rig.extensions.close_registration());
  Asker asker;
  CHECK_FALSE(rig.extensions.next(id, asker).has_value());
  CHECK(rig.seen.ready == 1);
  CHECK_FALSE(rig.extensions.wants_invoke());
  CHECK_FALSE(rig.extensions.begin_invocation(kInvoke));
  rig.extensions.shut_down(ShutdownReason::Spindown, 1);
  CHECK(asker.events.empty());
  CHECK(asker.refusals.empty());
}

TEST_CASE("without extensions everything is ready at once") {
  Rig rig;
  CHECK_FALSE(rig.extensions.any());
  CHECK(rig.extensions.close_registration());
  CHECK_FALSE(rig.extensions.begin_invocation(kInvoke));
}
