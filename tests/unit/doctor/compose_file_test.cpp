// The line of a compose file that is to be changed.
#include "emulator/doctor/compose_file.h"

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

using namespace emulator;

TEST_CASE("doctor: the line that names the advertised address comes first") {
  const TemporaryDirectory directory;
  directory.write("docker-compose.yml",
                  "services:\n"
                  "  one:\n"
                  "    environment:\n"
                  "      # KAFKA_ADVERTISED_LISTENERS: PLAINTEXT://two:9092\n"
                  "      KAFKA_ADVERTISED_LISTENERS: PLAINTEXT://one:9092\n"
                  "  two:\n"
                  "    environment:\n"
                  "      - KAFKA_CFG_ADVERTISED_LISTENERS=PLAINTEXT://two:9092\n");
  const auto two = find_advertised_listeners({directory.path()}, "two:9092");
  REQUIRE(two);
  CHECK(two->file == directory.path() / "docker-compose.yml");
  CHECK(two->line == 8);
  CHECK(two->variable == "KAFKA_CFG_ADVERTISED_LISTENERS");
  const auto first = find_advertised_listeners({directory.path()}, "three:9092");
  REQUIRE(first);
  CHECK(first->line == 5);
  CHECK(first->variable == "KAFKA_ADVERTISED_LISTENERS");
}

TEST_CASE("doctor: without a compose file, or with one that advertises nothing, there is no line") {
  const TemporaryDirectory directory;
  CHECK_FALSE(find_advertised_listeners({directory.path()}, "one:9092"));
  directory.write("compose.yaml", "services: {}\n");
  CHECK_FALSE(find_advertised_listeners({directory.path(), directory.path() / "gone"}, "one:9092"));
}
