#include "emulator/registry/schema_cache.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/fake_schema_source.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using State = CachedSchema::State;

const SchemaDefinition kString{SchemaFormat::Avro, "\"string\"", {}};

SourceProblem down(const std::string& text = "it is down") {
  return {SourceProblem::Kind::RegistryUnreachable, text};
}

struct Rig {
  test::FakeSchemas schemas;
  std::atomic<int> changes{0};
  std::unique_ptr<SchemaCache> cache;

  Rig() { make({}); }
  void make(SchemaCache::Limits limits) {
    cache = std::make_unique<SchemaCache>(schemas.make_source(), limits);
    cache->listen([this] { ++changes; });
  }
  // After `count` answers in all.
  void wait_for_changes(int count) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (changes < count) {
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("waited in vain");
      std::this_thread::sleep_for(1ms);
    }
  }
};

TEST_CASE_METHOD(Rig, "schema cache: nobody waits, and each schema is fetched once") {
  CHECK(cache->find("1") == nullptr);
  CHECK(cache->find("1") == nullptr);
  CHECK_FALSE(cache->trouble());
  schemas.answer("1", kString);
  wait_for_changes(1);
  const auto schema = cache->find("1");
  REQUIRE(schema != nullptr);
  CHECK(schema->state == State::Usable);
  CHECK(schema->name->data_format == "AVRO");
  CHECK(schema->name->id == "1");
  CHECK(schema->codec != nullptr);
  CHECK(schemas.fetches("1") == 1);
}

TEST_CASE_METHOD(Rig, "schema cache: one that cannot be compiled stays so") {
  CHECK(cache->find("1") == nullptr);
  schemas.answer("1", SchemaDefinition{SchemaFormat::Avro, "{", {}});
  wait_for_changes(1);
  CHECK(cache->find("1")->state == State::Broken);
  CHECK(cache->find("1")->text.starts_with("schema 1 cannot be used: "));
  CHECK(schemas.fetches("1") == 1);
}

TEST_CASE_METHOD(Rig, "schema cache: a missing one is asked for again after a while") {
  make({.missing_is_kept = 0ms});
  CHECK(cache->find("1") == nullptr);
  schemas.answer("1", MissingSchema{"schema 1 is not there"});
  wait_for_changes(1);
  CHECK(cache->find("1") == nullptr);
  schemas.answer("1", kString);
  wait_for_changes(2);
  CHECK(cache->find("1")->state == State::Usable);
}

TEST_CASE_METHOD(Rig, "schema cache: a missing one is kept meanwhile") {
  CHECK(cache->find("1") == nullptr);
  schemas.answer("1", MissingSchema{"schema 1 is not there"});
  wait_for_changes(1);
  CHECK(cache->find("1")->state == State::Missing);
  CHECK(cache->find("1")->text == "schema 1 is not there");
  CHECK(schemas.fetches("1") == 1);
}

TEST_CASE_METHOD(Rig, "schema cache: a failed fetch is tried again, and the trouble shows") {
  make({.first_pause = 1ms});
  CHECK(cache->find("1") == nullptr);
  schemas.answer("1", down());
  wait_for_changes(1);
  CHECK(cache->trouble()->problem.text == "it is down");
  CHECK(cache->trouble()->failures == 1);
  schemas.answer("1", down("it is still down"));
  wait_for_changes(2);
  CHECK(cache->trouble()->problem.text == "it is still down");
  CHECK(cache->trouble()->failures == 2);
  schemas.answer("1", kString);
  wait_for_changes(3);
  CHECK_FALSE(cache->trouble());
  CHECK(cache->find("1")->state == State::Usable);
}

TEST_CASE_METHOD(Rig, "schema cache: one that fails keeps no other away") {
  make({.first_pause = 1h, .longest_pause = 1h});
  CHECK(cache->find("1") == nullptr);
  schemas.answer("1", down());
  wait_for_changes(1);
  CHECK(cache->find("2") == nullptr);
  schemas.answer("2", kString);
  wait_for_changes(2);
  CHECK(cache->find("2") != nullptr);
  CHECK(cache->trouble());
}

TEST_CASE_METHOD(Rig, "schema cache: one that fails and that nobody wants any more is given up") {
  make({.first_pause = 1ms, .wanted_for = 0ms});
  CHECK(cache->find("1") == nullptr);
  schemas.answer("1", down());
  wait_for_changes(1);
  CHECK_FALSE(cache->trouble());
  CHECK(cache->find("1") == nullptr);
  schemas.wait_for_fetches("1", 2);
}

TEST_CASE_METHOD(Rig, "schema cache: memory has a bound") {
  make({.schemas = 2});
  for (int i = 0; i < 3; ++i) {
    CHECK(cache->find(std::to_string(i)) == nullptr);
    schemas.answer(std::to_string(i), kString);
    wait_for_changes(i + 1);
  }
  CHECK(cache->find("2") != nullptr);
  CHECK(cache->find("0") == nullptr);
}

TEST_CASE_METHOD(Rig, "schema cache: it ends while a fetch is under way") {
  CHECK(cache->find("1") == nullptr);
  schemas.wait_for_fetches("1", 1);
  cache.reset();
  CHECK(changes == 0);
}

}  // namespace
}  // namespace emulator
