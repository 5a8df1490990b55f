#include "emulator/config/brokers.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

template <typename Action>
std::string mistake_of(Action action) {
  try {
    action();
    return {};
  } catch (const ConfigError& error) {
    return error.what();
  }
}

MappingConfig mapping_on(std::vector<std::string> servers) {
  MappingConfig mapping;
  mapping.name = "Orders/Kafka";
  mapping.where = "template.yaml:14";
  mapping.bootstrap_servers = std::move(servers);
  return mapping;
}

}  // namespace

TEST_CASE("brokers on this machine or its compose network are local, all others are not") {
  const std::vector<std::pair<std::string, bool>> table{
      {"localhost:9092", true},
      {"LOCALHOST:9092", true},
      {"127.0.0.1:9092", true},
      {"127.8.9.10:9092", true},
      {"[::1]:9092", true},
      {"[::ffff:127.0.0.1]:9092", true},
      {"kafka:9092", true},
      {"broker-1:29092", true},
      {"kafka_1:9092", true},
      {"macbook.local:9092", true},
      {"kafka.internal:9092", true},
      {"host.docker.internal:9092", true},
      {"host.docker.internal.:9092", true},
      {"b-1.prod.abc123.kafka.eu-west-1.amazonaws.com:9092", false},
      {"broker.example.com:9092", false},
      {"10.0.0.5:9092", false},
      {"192.168.1.20:9092", false},
      {"127.0.0.1.example.com:9092", false},
      {"1.2.3.4:9092", false},
      {"[2001:db8::1]:9092", false},
      {"[::ffff:8.8.8.8]:9092", false},
      {"134744072:9092", false},   // 8.8.8.8 as getaddrinfo reads it
      {"0x08080808:9092", false},  // and again
      {"local.example:9092", false},
      {"localhost", false},  // no port, no broker
      {":9092", false},
      {"", false},
  };
  for (const auto& [broker, local] : table) {
    CAPTURE(broker);
    CHECK(is_local_broker(broker) == local);
  }
}

TEST_CASE("a broker list is trimmed and taken apart, or refused with the reason") {
  CHECK(parse_brokers(" a:1 , b.c:65535,[::1]:9") ==
        std::vector<std::string>{"a:1", "b.c:65535", "[::1]:9"});
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"localhost", "localhost: the port is missing: write HOST:PORT, for instance localhost:9092"},
      {"[::1]", "[::1]: the port is missing: write HOST:PORT, for instance localhost:9092"},
      {"localhost:", "localhost:: the port must be between 1 and 65535"},
      {"localhost:0", "localhost:0: the port must be between 1 and 65535"},
      {"localhost:65536", "localhost:65536: the port must be between 1 and 65535"},
      {"localhost:http", "localhost:http: the port must be between 1 and 65535"},
      {":9092", ":9092: this is no host name: write HOST:PORT, for instance localhost:9092"},
      {"my host:9092",
       "my host:9092: this is no host name: write HOST:PORT, for instance localhost:9092"},
      {"::1:9092", "::1:9092: this is no host name: write HOST:PORT, for instance localhost:9092"},
      {"[kafka]:9092",
       "[kafka]:9092: this is no host name: write HOST:PORT, for instance localhost:9092"},
      {"PLAINTEXT://a:1", "PLAINTEXT://a:1: a broker is written HOST:PORT, without a protocol"},
      {"a:1,,b:1", "\"a:1,,b:1\": write HOST:PORT[,HOST:PORT…]"},
      {"", "\"\": write HOST:PORT[,HOST:PORT…]"},
      {"a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1",
       "at most 10 brokers can be named: give two or three of them"},
  };
  for (const auto& [list, reason] : wrong) {
    CAPTURE(list);
    CHECK(mistake_of([&, text = list] { parse_brokers(text); }) == reason);
  }
}

TEST_CASE(
    "the flag overrides the mapping, and a mapping without servers runs on the embedded brokers") {
  const auto production = mapping_on({"b-1.example.com:9092"});
  CHECK(choose_brokers("embedded", RemoteBrokers::Refused, production) == "embedded");
  CHECK(choose_brokers("localhost:9092, kafka:9092", RemoteBrokers::Refused, production) ==
        "localhost:9092,kafka:9092");
  CHECK(choose_brokers("", RemoteBrokers::Refused, mapping_on({})) == "embedded");
  CHECK(choose_brokers("", RemoteBrokers::Refused, mapping_on({"kafka:9092", "localhost:1"})) ==
        "kafka:9092,localhost:1");
}

TEST_CASE("a template's remote broker is refused with both cures, and used when it is allowed") {
  const auto mapping = mapping_on({"localhost:9092", "b-1.example.com:9092"});
  CHECK(mistake_of([&] { choose_brokers("", RemoteBrokers::Refused, mapping); }) ==
        "template.yaml:14: broker b-1.example.com:9092 of Orders/Kafka is not on this machine: use "
        "other brokers with "
        "--kafka embedded or --kafka HOST:PORT, or add --allow-remote-brokers if that is meant");
  CHECK(choose_brokers("", RemoteBrokers::Allowed, mapping) ==
        "localhost:9092,b-1.example.com:9092");
}

TEST_CASE("a remote broker on the command line needs to be allowed as well") {
  const auto mapping = mapping_on({});
  CHECK(mistake_of(
            [&] { choose_brokers("b-1.example.com:9092", RemoteBrokers::Refused, mapping); }) ==
        "--kafka: broker b-1.example.com:9092 is not on this machine: add --allow-remote-brokers "
        "if that is meant, or use "
        "--kafka embedded or a local --kafka HOST:PORT");
  CHECK(choose_brokers("b-1.example.com:9092", RemoteBrokers::Allowed, mapping) ==
        "b-1.example.com:9092");
  CHECK(mistake_of([&] { chosen_by_flag("--kafka", "nonsense", RemoteBrokers::Allowed); }) ==
        "--kafka: nonsense: the port is missing: write HOST:PORT, for instance localhost:9092");
}
