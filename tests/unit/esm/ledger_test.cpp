#include "emulator/esm/ledger.h"

#include <string>

#include "tests/support/catch.h"

namespace emulator {
namespace {

std::string committable(const Ledger& ledger) {
  std::string text;
  for (const CommitOffset& offset : ledger.committable()) {
    if (!text.empty()) text += ' ';
    text += std::to_string(offset.partition) + "@" + std::to_string(offset.next_offset);
  }
  return text;
}

TEST_CASE("ledger: a processed batch can be committed up to its last offset + 1, once") {
  Ledger ledger;
  const Epoch epoch = ledger.assign(0, 5000);
  CHECK(committable(ledger).empty());
  CHECK(ledger.is_settled(0));
  ledger.taken(0, 4, 5003);
  CHECK(committable(ledger).empty());
  CHECK_FALSE(ledger.is_settled(0));
  ledger.disposed(0, epoch, 4, 5004);
  CHECK(committable(ledger) == "0@5004");
  CHECK_FALSE(ledger.is_settled(0));  // not before the commit is done
  ledger.committed(ledger.committable());
  CHECK(committable(ledger).empty());
  CHECK(ledger.is_settled(0));
}

TEST_CASE("ledger: records that were taken but not processed hold the offset back") {
  Ledger ledger;
  const Epoch epoch = ledger.assign(0, 0);
  ledger.taken(0, 10, 9);
  ledger.disposed(0, epoch, 4, 4);
  CHECK(committable(ledger) == "0@4");
  ledger.disposed(0, epoch, 6, 10);
  CHECK(committable(ledger) == "0@10");
}

TEST_CASE("ledger: gaps of compaction and transactions are passed with what follows them") {
  Ledger ledger;
  const Epoch epoch = ledger.assign(0, 0);
  ledger.taken(0, 3, 70);  // say 3, 50 and 70
  ledger.disposed(0, epoch, 3, 71);
  CHECK(committable(ledger) == "0@71");
}

TEST_CASE("ledger: a filtered record is passed only with everything below it") {
  Ledger ledger;
  const Epoch epoch = ledger.assign(0, 0);

  SECTION("alone") {
    ledger.taken(0, 1, 0);
    ledger.filtered(0, 1);
    CHECK(committable(ledger) == "0@1");
  }
  SECTION("behind records of a batch") {
    ledger.taken(0, 3, 2);  // 2 is filtered
    ledger.filtered(0, 1);
    CHECK(committable(ledger).empty());
    ledger.disposed(0, epoch, 2, 2);
    CHECK(committable(ledger) == "0@3");
  }
  SECTION("before records of a batch") {
    ledger.taken(0, 3, 2);  // 0 is filtered
    ledger.filtered(0, 1);
    CHECK(committable(ledger).empty());
    ledger.disposed(0, epoch, 1, 2);
    CHECK(committable(ledger) == "0@2");
  }
}

TEST_CASE("ledger: what is disposed of above a record that is left waits for it") {
  Ledger ledger;
  const Epoch epoch = ledger.assign(0, 0);
  ledger.taken(0, 10, 9);
  ledger.disposed(0, epoch, 3, 0);  // 2, 5 and 7 went to a destination; 0 is the lowest left
  CHECK(committable(ledger).empty());
  ledger.disposed(0, epoch, 4, 6);
  CHECK(committable(ledger) == "0@6");
  ledger.disposed(0, epoch, 3, 10);
  CHECK(committable(ledger) == "0@10");
}

TEST_CASE("ledger: commits tell by how much the offsets advanced") {
  Ledger ledger;
  const Epoch epoch = ledger.assign(0, 100);
  ledger.taken(0, 5, 109);  // with gaps
  ledger.disposed(0, epoch, 5, 110);
  CHECK(ledger.committed(ledger.committable()) == 10);
  CHECK(ledger.committed_offset(0) == 110);
  CHECK(ledger.committed({{7, 9}}) == 0);
}

TEST_CASE("ledger: late results of a revoked partition commit nothing") {
  Ledger ledger;
  const Epoch old_epoch = ledger.assign(0, 0);
  ledger.taken(0, 5, 4);
  ledger.revoke(0);
  CHECK_FALSE(ledger.owns(0, old_epoch));
  ledger.disposed(0, old_epoch, 5, 5);
  CHECK(committable(ledger).empty());

  SECTION("nor after the partition has come back") {
    const Epoch epoch = ledger.assign(0, 0);
    CHECK(epoch != old_epoch);
    ledger.taken(0, 2, 1);
    ledger.disposed(0, old_epoch, 5, 5);
    CHECK(committable(ledger).empty());
    ledger.disposed(0, epoch, 2, 2);
    CHECK(committable(ledger) == "0@2");
  }
  SECTION("nor after everything was forgotten") {
    ledger.clear();
    CHECK(ledger.assign(0, 0) != old_epoch);
  }
}

TEST_CASE("ledger: partitions are independent, and a refused commit stays due") {
  Ledger ledger;
  const Epoch first = ledger.assign(0, 0);
  const Epoch second = ledger.assign(1, 100);
  ledger.taken(0, 1, 0);
  ledger.taken(1, 1, 100);
  ledger.disposed(1, second, 1, 101);
  CHECK(committable(ledger) == "1@101");
  CHECK(committable(ledger) == "1@101");
  ledger.disposed(0, first, 1, 1);
  CHECK(committable(ledger) == "0@1 1@101");
  ledger.committed({{1, 101}, {9, 9}});
  CHECK(committable(ledger) == "0@1");
}

}  // namespace
}  // namespace emulator
