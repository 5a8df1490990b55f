// The life of mappings: what each state does, what it refuses, what is kept.
#include "emulator/catalog/mappings.h"

#include "emulator/catalog/api_error.h"
#include "tests/support/catch.h"
#include "tests/support/fake_mappings.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using test::make_mapping;
using test::wait_until;
using Kind = Outcome::Kind;
using State = MappingState;
using Offsets = std::map<std::int32_t, std::int64_t>;

struct Rig {
  test::FakeStarter starter;
  test::MemoryStore store;
  std::atomic<int> changes{0};
  std::optional<Mappings> mappings;

  Rig() { open(10s); }
  ~Rig() {
    mappings.reset();
    CHECK(starter.broker.open_sources() == 0);
    CHECK_FALSE(starter.broker.closed_with_records_alive());
  }
  void open(std::chrono::milliseconds connect_wait) {
    mappings.emplace(starter, Mappings::Options{&store, [this] { ++changes; }, connect_wait});
  }
  std::optional<State> state(const std::string& uuid) const {
    const auto view = mappings->find(uuid);
    if (!view) return std::nullopt;
    return view->status.state;
  }
  void wait_for(const std::string& uuid, std::optional<State> wanted) {
    wait_until([&] { return state(uuid) == wanted; });
  }
  // Enabled, with partition 0 as its own.
  void create_enabled(const std::string& uuid) {
    starter.broker.assign(0);
    mappings->create(make_mapping(uuid));
    wait_for(uuid, State::Enabled);
  }
  Mappings::View enable(const std::string& uuid, bool enabled) {
    return mappings->update(uuid, [&](Mapping& mapping) { mapping.config.enabled = enabled; });
  }
};

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ApiError& error) {
    return error.type + ": " + error.what();
  }
  return "none";
}

TEST_CASE_METHOD(Rig, "mappings: creating lasts until the group has answered") {
  CHECK(mappings->create(make_mapping("a")).status.state == State::Creating);
  wait_until([&] { return starter.broker.open_sources() == 1; });
  CHECK(state("a") == State::Creating);
  starter.broker.assign(0);
  starter.broker.wake();
  wait_for("a", State::Enabled);
  CHECK(mappings->find("a")->state_transition_reason == "USER_INITIATED");
  CHECK(mappings->find("a")->status.last_processing_result == "No records processed");
}

TEST_CASE_METHOD(Rig, "mappings: creating ends with a problem of the brokers, which shows") {
  mappings->create(make_mapping("a"));
  SECTION("out of reach") {
    starter.broker.report(SourceProblem{SourceProblem::Kind::Unreachable, "no broker"});
    wait_for("a", State::Enabled);
    CHECK(mappings->find("a")->state_transition_reason == "USER_INITIATED");
    CHECK(mappings->find("a")->status.last_processing_result ==
          "PROBLEM: Connection error. Please check your event source connection configuration.");
  }
  SECTION("they refuse the login") {
    starter.broker.report(SourceProblem{SourceProblem::Kind::LoginRefused, "no"});
    wait_for("a", State::Enabled);
    CHECK(mappings->find("a")->state_transition_reason == "EVENT_SOURCE_AUTHN_ERROR");
    CHECK(mappings->find("a")->status.last_processing_result ==
          "PROBLEM: SASL authentication failed.");
  }
  SECTION("no right to read") {
    starter.broker.report(SourceProblem{SourceProblem::Kind::GroupDenied, "no"});
    wait_for("a", State::Enabled);
    CHECK(mappings->find("a")->state_transition_reason == "EVENT_SOURCE_AUTHZ_ERROR");
    CHECK(mappings->find("a")->status.last_processing_result ==
          "PROBLEM: Cluster failed to authorize Lambda.");
  }
  CHECK(mappings->remove("a").status.state == State::Deleting);
  wait_for("a", std::nullopt);
}

TEST_CASE_METHOD(Rig, "mappings: creating ends after a while, whatever the brokers do") {
  open(1ms);
  mappings->create(make_mapping("a"));
  wait_for("a", State::Enabled);
}

TEST_CASE_METHOD(Rig, "mappings: one that is created disabled is answered as creating") {
  CHECK(mappings->create(make_mapping("a", false)).status.state == State::Creating);
  CHECK(state("a") == State::Disabled);
  CHECK(starter.made == 0);
  CHECK(mappings->drained());
}

TEST_CASE_METHOD(Rig, "mappings: states on the way refuse to be changed") {
  mappings->create(make_mapping("a"));  // no partition: it stays in Creating
  CHECK(error_of([&] { enable("a", false); }) ==
        "ResourceInUseException: Cannot update the event source mapping because it is in use.");
  CHECK(error_of([&] { mappings->remove("a"); }) ==
        "ResourceInUseException: Cannot delete the event source mapping because it is in use.");
  CHECK(error_of([&] { mappings->remove("b"); }) ==
        "ResourceNotFoundException: The resource you requested does not exist.");
  CHECK_FALSE(mappings->drained());
}

TEST_CASE_METHOD(Rig, "mappings: disabling ends what is in flight, commits and leaves") {
  starter.broker.append("orders/0@0..4");
  create_enabled("a");
  wait_until([&] { return starter.function.in_flight().size() == 1; });
  CHECK(enable("a", false).status.state == State::Disabling);
  CHECK(starter.broker.open_sources() == 1);
  CHECK(state("a") == State::Disabling);
  starter.function.answer("orders/0@0..4", Kind::Success);
  wait_for("a", State::Disabled);
  CHECK(starter.broker.open_sources() == 0);
  CHECK(starter.broker.committed() == Offsets{{0, 5}});
  CHECK(mappings->find("a")->status.last_processing_result == "OK");

  starter.broker.append("orders/0@5..9");
  starter.broker.assign(0);
  CHECK(enable("a", true).status.state == State::Enabling);
  wait_for("a", State::Enabled);
  wait_until([&] { return starter.function.in_flight().size() == 1; });
  starter.function.answer("orders/0@5..9", Kind::Success);
  wait_until([&] { return starter.broker.committed() == Offsets{{0, 10}}; });
  wait_until([&] { return mappings->drained(); });
  CHECK(mappings->find("a")->status.counts.processed == 10);  // of both runs
}

TEST_CASE_METHOD(Rig, "mappings: an update starts anew in the same group") {
  create_enabled("a");
  const auto before = mappings->find("a")->mapping->last_modified_ms;
  starter.broker.assign(0);
  const auto answer = mappings->update("a", [](Mapping& mapping) {
    mapping.settings["BatchSize"] = 7;
    configure(mapping);
  });
  CHECK(answer.status.state == State::Updating);
  CHECK(answer.mapping->settings["BatchSize"] == 7);
  CHECK(answer.mapping->last_modified_ms >= before);
  wait_for("a", State::Enabled);
  CHECK(starter.made == 2);
  CHECK(starter.config().batch_size == 7);
  CHECK(starter.config().group() == "a");
  CHECK(starter.broker.open_sources() == 1);

  CHECK(error_of([&] {
          mappings->update("a", [](Mapping&) { throw invalid_parameter_value("no"); });
        }) == "InvalidParameterValueException: no");
  CHECK(state("a") == State::Enabled);
}

TEST_CASE_METHOD(Rig, "mappings: an update of a disabled one makes nothing") {
  mappings->create(make_mapping("a", false));
  CHECK(enable("a", false).status.state == State::Updating);
  CHECK(state("a") == State::Disabled);
  CHECK(starter.made == 0);
}

TEST_CASE_METHOD(Rig, "mappings: deleting leaves the group") {
  create_enabled("a");
  CHECK(mappings->remove("a").status.state == State::Deleting);
  wait_for("a", std::nullopt);
  CHECK(starter.broker.open_sources() == 0);
  CHECK(store.all("mapping").empty());

  mappings->create(make_mapping("b", false));
  CHECK(mappings->remove("b").status.state == State::Deleting);
  CHECK(state("b") == std::nullopt);
}

TEST_CASE_METHOD(Rig, "mappings: what cannot run is disabled, and says so") {
  starter.refuse("the topic of the destination does not exist");
  mappings->create(make_mapping("a"));
  wait_for("a", State::Disabled);
  CHECK(mappings->find("a")->state_transition_reason == "ESM_CONFIG_NOT_VALID");
  CHECK_FALSE(mappings->drained());  // it was to run
  starter.refuse("");
  starter.broker.assign(0);
  CHECK(enable("a", true).status.state == State::Enabling);
  wait_for("a", State::Enabled);
  CHECK(mappings->find("a")->state_transition_reason == "USER_INITIATED");
}

TEST_CASE_METHOD(Rig, "mappings: a function that cannot be started shows as the reason") {
  starter.function.answer_at_once(Kind::ServiceError);
  starter.broker.append("orders/0@0..4");
  create_enabled("a");
  wait_until([&] {
    return mappings->find("a")->state_transition_reason == "FUNCTION_CONFIG_NOT_VALID";
  });
  CHECK(mappings->find("a")->status.last_processing_result == "PROBLEM: Function call failed");
  starter.function.answer_at_once(Kind::Success);
  starter.clock.tick(30s);
  mappings->wake();
  wait_until([&] { return mappings->find("a")->state_transition_reason == "USER_INITIATED"; });
  CHECK(mappings->find("a")->status.last_processing_result == "OK");
}

TEST_CASE_METHOD(Rig, "mappings: no two read one topic of one broker for one function") {
  auto first = make_mapping("a", false);
  first.settings["SelfManagedEventSource"]["Endpoints"]["KAFKA_BOOTSTRAP_SERVERS"] = {"k:1", "k:2"};
  configure(first);
  mappings->create(first);
  auto second = make_mapping("b", false);
  auto& servers = second.settings["SelfManagedEventSource"]["Endpoints"]["KAFKA_BOOTSTRAP_SERVERS"];
  servers = {"k:2", "k:3"};
  configure(second);
  CHECK(error_of([&] { mappings->create(second); }) ==
        "ResourceConflictException: An event source mapping with event source (\"k:2,k:3\"), "
        "function (\"arn:aws:lambda:us-east-1:000000000000:function:f\"), topics (\"orders\") "
        "already exists. Please update or delete the existing mapping with UUID a");
  servers = {"k:3"};
  configure(second);
  mappings->create(second);
  auto third = make_mapping("c", false, "f:live");
  third.settings["SelfManagedEventSource"] = first.settings["SelfManagedEventSource"];
  configure(third);
  mappings->create(third);  // another function ARN
  CHECK(mappings->all().size() == 3);
}

TEST_CASE_METHOD(Rig, "mappings: pages, in the order in which they were made") {
  for (const char* uuid : {"e", "d", "c", "b", "a"})
    mappings->create(make_mapping(uuid, false, uuid));
  const auto uuids = [](const Mappings::Page& page) {
    std::string text;
    for (const auto& view : page.mappings) text += view.mapping->uuid();
    return text;
  };
  const auto wanted = [](const Mapping& mapping) { return mapping.uuid() != "d"; };
  const auto first = mappings->list(0, 2, wanted);
  CHECK(uuids(first) == "ec");
  REQUIRE(first.next);
  mappings->remove("b");
  const auto second = mappings->list(*first.next, 2, wanted);
  CHECK(uuids(second) == "a");
  CHECK_FALSE(second.next);
}

TEST_CASE_METHOD(Rig, "mappings: the store has every acknowledged change, and only those") {
  create_enabled("a");
  mappings->create(make_mapping("b", false, "g"));
  mappings->change_tags("b", [](auto& tags) { tags["team"] = "x"; });
  auto of_template = mapping_of_template(make_mapping("t", false, "h").config, 1);
  mappings->add(of_template);
  enable("a", false);
  CHECK(store.all("mapping").size() == 2);
  store.fail(true);
  CHECK_THROWS(mappings->create(make_mapping("c", false, "i")));
  store.fail(false);
  CHECK_FALSE(mappings->find("c"));
  wait_for("a", State::Disabled);
  enable("b", true);

  open(10s);  // klambda starts again
  mappings->load();
  starter.broker.assign(0);
  mappings->start();
  CHECK(state("a") == State::Disabled);
  wait_for("b", State::Enabled);
  CHECK(mappings->find("b")->mapping->tags.at("team") == "x");
  CHECK_FALSE(mappings->find("t"));
}

TEST_CASE_METHOD(Rig, "mappings: a template's mapping is made before anything starts") {
  auto config = make_mapping("t").config;
  config.batch_window = 250ms;
  mappings->add(mapping_of_template(config, 1));
  CHECK(starter.made == 1);
  CHECK(state("t") == State::Creating);
  starter.broker.assign(0);
  mappings->start();
  wait_for("t", State::Enabled);
  CHECK(starter.made == 1);
  starter.broker.assign(0);
  mappings->update("t", [](Mapping& mapping) {
    mapping.settings["BatchSize"] = 9;
    configure(mapping);
  });
  wait_for("t", State::Enabled);
  CHECK(starter.config().batch_size == 9);
  CHECK(starter.config().batch_window == 250ms);  // which the API has no word for
}

TEST_CASE_METHOD(Rig, "mappings: finishing waits for batches in flight, unless it is abandoned") {
  starter.broker.append("orders/0@0..4");
  create_enabled("a");
  wait_until([&] { return starter.function.in_flight().size() == 1; });
  SECTION("whatever its state") { enable("a", false); }
  SECTION("or when it is enabled") {}
  mappings->request_finish();
  CHECK(error_of([&] { mappings->create(make_mapping("b")); }) ==
        "ServiceException: klambda is stopping.");
  std::atomic<bool> finished = false;
  std::thread finisher([&] {
    mappings->finish();
    finished = true;
  });
  std::this_thread::sleep_for(10ms);
  CHECK_FALSE(finished);
  mappings->abandon();
  finisher.join();
  CHECK(starter.broker.committed().empty());
  CHECK(mappings->find("a")->status.counts.invocations == 1);  // for the summary
}

TEST_CASE_METHOD(Rig, "mappings: many threads create, change, list and delete") {
  std::vector<std::thread> clients;
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([this, client] {
      for (int round = 0; round < 20; ++round) {
        const std::string uuid = std::to_string(client) + "-" + std::to_string(round);
        mappings->create(make_mapping(uuid, round % 4 == 0, uuid));
        mappings->change_tags(uuid, [](auto& tags) { tags["a"] = "b"; });
        error_of([&] { enable(uuid, round % 2 == 0); });
        mappings->all();
        if (round % 3 == 0) error_of([&] { mappings->remove(uuid); });
      }
    });
  }
  for (int i = 0; i < 200; ++i)
    starter.broker.report(SourceProblem{SourceProblem::Kind::Unreachable, "no broker"});
  for (auto& client : clients) client.join();
  CHECK(mappings->all().size() >= 8 * 13);
}

}  // namespace
}  // namespace emulator
