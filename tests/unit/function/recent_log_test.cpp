#include "emulator/function/recent_log.h"

#include <optional>
#include <string>
#include <thread>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

class Reader final : public RecentLog::Follower {
 public:
  void take(RecentLog::Piece piece) override { taken = std::move(piece); }
  std::optional<RecentLog::Piece> taken;
};

}  // namespace

TEST_CASE("a recent log is read from any of its positions") {
  RecentLog log;
  CHECK(log.read(0).text.empty());
  log.append("one\ntwo");
  log.append("three");
  const auto all = log.read(0);
  CHECK(all.text == "one\ntwo\nthree\n");
  CHECK(all.next == log.end());
  CHECK(log.read(8).text == "three\n");
  CHECK(log.read(4).text == "two\nthree\n");
  CHECK(log.read(all.next).text.empty());
  // Somebody else's position, of a klambda that has ended.
  CHECK(log.read(1'000'000).next == log.end());
}

TEST_CASE("a recent log is bounded, and says what is gone") {
  RecentLog log;
  const std::string line(999, 'x');
  for (int i = 0; i < 3'000; ++i) log.append(line);
  CHECK(log.end() == 3'000'000);
  std::uint64_t position = 0;
  std::uint64_t read = 0;
  std::uint64_t missed = 0;
  for (;;) {
    const auto piece = log.read(position);
    if (piece.text.empty()) break;
    CHECK(piece.text.size() <= kRecentPieceBytes);
    read += piece.text.size();
    missed += piece.missed;
    position = piece.next;
  }
  CHECK(read + missed == 3'000'000);
  CHECK(read <= kRecentLogBytes);
  CHECK(read > kRecentLogBytes - 2'000);
  log.append(std::string(2 * kRecentLogBytes, 'y'));  // larger than all there is room for
  CHECK(log.read(position).text.size() == 2 * kRecentLogBytes + 1);
}

TEST_CASE("who follows gets the next lines, once") {
  RecentLog log;
  Reader reader;
  log.append("one");
  log.follow(reader, 0);  // at once
  REQUIRE(reader.taken);
  const auto next = reader.taken->next;
  CHECK_FALSE(log.leave(reader));

  reader.taken.reset();
  log.follow(reader, next);
  CHECK_FALSE(reader.taken);
  std::thread([&] { log.append("two"); }).join();
  REQUIRE(reader.taken);
  CHECK(reader.taken->text == "two\n");
  reader.taken.reset();
  log.append("three");
  CHECK_FALSE(reader.taken);

  log.follow(reader, log.end());
  CHECK(log.leave(reader));
  log.append("four");
  CHECK_FALSE(reader.taken);
}

TEST_CASE("one log for each function name") {
  RecentLogs logs;
  CHECK(logs.of("a") == logs.of("a"));
  CHECK(logs.of("a") != logs.of("b"));
}
