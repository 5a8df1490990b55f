// What the embedded cluster forgets, and that it is said.
#include "emulator/kafka/embedded_cluster.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/kafka/reader.h"

using namespace emulator;
using namespace emulator::test;

namespace {

// Collects what is logged while it lives.
class LogCapture {
 public:
  LogCapture() : before_(spdlog::default_logger()) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    auto logger = std::make_shared<spdlog::logger>("capture", sink);
    logger->set_pattern("%l %v");
    logger->set_level(spdlog::level::warn);
    spdlog::set_default_logger(logger);
  }
  ~LogCapture() { spdlog::set_default_logger(before_); }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

void produce_megabytes(Producer& producer, std::int32_t partition, int count) {
  const std::string megabyte(1'000'000, 'x');
  NewRecord record;
  record.value = megabyte;
  record.partition = partition;
  for (int i = 0; i < count; ++i) producer.produce("orders", record);
  if (const auto problem = producer.flush(kLimit)) throw std::runtime_error(*problem);
}

}  // namespace

TEST_CASE("Records dropped before the group's first read are warned about once a partition",
          "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 2);
  Producer producer(cluster.bootstrap_servers());
  produce_megabytes(producer, 0, 20);
  produce_megabytes(producer, 1, 2);
  LogCapture log;
  {
    Reader reader(config_for(cluster, "orders", "group"));
    REQUIRE(
        reader.until([&] { return !reader.values(0).empty() && reader.values(1).size() == 2; }));
    CHECK(reader.assigned(0)->start_offset > 0);
  }
  CHECK(occurrences(log.text(), "warning [Function/Event] orders-0: ") == 1);
  CHECK(occurrences(log.text(), "unread records (offsets 0 to ") == 1);
  CHECK(occurrences(log.text(), "use a real broker with --kafka HOST:PORT") == 1);
  CHECK(occurrences(log.text(), "orders-1") == 0);
}

TEST_CASE("Records dropped while a partition is held back are warned about once", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  LogCapture log;
  {
    Reader reader(config_for(cluster, "orders", "group"));
    reader.held = {0};
    REQUIRE(reader.until_assigned(1));
    produce_megabytes(producer, 0, 60);  // more than the client prefetches and the partition keeps
    CHECK(log.text().empty());
    reader.held.clear();
    REQUIRE(reader.until(
        [&] { return !reader.records.empty() && reader.records.back().offset == 59; }));
    CHECK(reader.records.size() < 60);
  }
  CHECK(occurrences(log.text(), "orders-0: ") == 1);
  CHECK(occurrences(log.text(), "--kafka HOST:PORT") == 1);
}

TEST_CASE("Nothing is warned about when every record was read", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  LogCapture log;
  {
    Reader reader(config_for(cluster, "orders", "group"));
    for (int i = 1; i <= 12; ++i) {
      produce_megabytes(producer, 0, 1);
      REQUIRE(reader.until_records(static_cast<std::size_t>(i)));
      REQUIRE(reader.source().commit({{0, i}}) == CommitResult::Done);
    }
  }
  {
    Reader reader(config_for(cluster, "orders", "group"));
    REQUIRE(reader.until_assigned(1));
    CHECK(reader.assigned(0)->start_offset == 12);
  }
  CHECK(log.text().empty());
}

TEST_CASE("A topic is created once", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 3);
  CHECK_THROWS_AS(cluster.create_topic("orders", 3), std::runtime_error);
}
