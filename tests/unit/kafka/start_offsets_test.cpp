#include "emulator/kafka/start_offsets.h"

#include "tests/support/catch.h"

using namespace emulator;

namespace {

const StartRule kOldest{StartingPosition::TrimHorizon, 0};
const StartRule kLatest{StartingPosition::Latest, 0};
const StartRule kAtTime{StartingPosition::AtTimestamp, 1'767'225'600'000};

PartitionFacts facts(std::optional<std::int64_t> committed,
                     std::optional<std::int64_t> since_time) {
  return {2, committed, 100, 200, since_time};
}

}  // namespace

TEST_CASE("Without a committed offset the starting position decides", "[kafka]") {
  CHECK(decide_start(facts({}, {}), kOldest, {}).offset == 100);
  CHECK(decide_start(facts({}, {}), kOldest, {}).reason == "TRIM_HORIZON");
  CHECK(decide_start(facts({}, {}), kLatest, {}).offset == 200);
  CHECK(decide_start(facts({}, {}), kLatest, {}).reason == "LATEST");
  CHECK(decide_start(facts({}, 150), kAtTime, {}).offset == 150);
  CHECK(decide_start(facts({}, 150), kAtTime, {}).reason == "AT_TIMESTAMP 2026-01-01T00:00:00Z");
  CHECK(decide_start(facts({}, {}), kAtTime, {}).offset == 200);
  CHECK(decide_start(facts({}, {}), {StartingPosition::AtTimestamp, 1'500}, {}).reason ==
        "AT_TIMESTAMP 1970-01-01T00:00:01.500Z");
  CHECK_FALSE(decide_start(facts({}, {}), kOldest, {}).lost_commit);
}

TEST_CASE("A committed offset inside the log wins", "[kafka]") {
  for (const auto& rule : {kOldest, kLatest, kAtTime})
    for (const std::int64_t committed : {100, 150, 200}) {
      const StartOffset start = decide_start(facts(committed, 170), rule, 120);
      CHECK(start.partition == 2);
      CHECK(start.offset == committed);
      CHECK(start.reason == "committed");
      CHECK_FALSE(start.lost_commit);
    }
}

TEST_CASE("A committed offset outside the log gives way to the starting position", "[kafka]") {
  for (const std::int64_t committed : {99, 201}) {
    CHECK(decide_start(facts(committed, {}), kOldest, {}).offset == 100);
    CHECK(decide_start(facts(committed, {}), kLatest, 150).offset == 200);
    CHECK(decide_start(facts(committed, 150), kAtTime, {}).offset == 100);
    CHECK(decide_start(facts(committed, {}), kOldest, {}).lost_commit == committed);
  }
}

TEST_CASE("A place taken earlier without a commit is kept", "[kafka]") {
  CHECK(decide_start(facts({}, {}), kLatest, 150).offset == 150);
  CHECK(decide_start(facts({}, {}), kLatest, 150).reason == "LATEST");
  CHECK(decide_start(facts({}, {}), kLatest, 50).offset == 200);
}
