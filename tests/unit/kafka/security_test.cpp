// Logins and certificates as far as they need no secured broker; the rest is tests/e2e's.
#include "emulator/kafka/security.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "emulator/kafka/client_security.h"
#include "emulator/kafka/consumer.h"
#include "emulator/kafka/producer.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

using namespace emulator;
using namespace std::chrono_literals;

namespace {

// Nobody listens there.
constexpr const char* kNobody = "127.0.0.1:1";

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

ConsumerConfig config_with(KafkaSecurity security) {
  ConsumerConfig config;
  config.name = "Orders/Kafka";
  config.bootstrap_servers = kNobody;
  config.security = std::move(security);
  config.topic = "orders";
  config.group = "group";
  return config;
}

template <class Condition>
bool within_20_s(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

SourceProblem problem_of(const KafkaSecurity& security) {
  try {
    make_consumer(config_with(security));
  } catch (const SourceProblemError& error) {
    return error.problem();
  }
  FAIL("a consumer could be made");
  return {};
}

}  // namespace

TEST_CASE("A token is made without any poll, and anew before it ends", "[kafka]") {
  std::atomic<int> made{0};
  KafkaSecurity security;
  security.protocol = KafkaSecurity::Protocol::SaslPlaintext;
  security.mechanism = KafkaSecurity::Mechanism::MskIam;
  security.make_token = [&made] {
    ++made;
    return KafkaSecurity::Token{"token", now_ms() + 1'500};
  };
  SECTION("of a consumer") {
    const auto source = make_consumer(config_with(security));
    CHECK(source->security().protocol == "SASL_PLAINTEXT");
    CHECK(source->security().mechanism == "AWS_MSK_IAM");
    CHECK(within_20_s([&] { return made >= 2; }));
  }
  SECTION("of a producer") {
    Producer producer(kNobody, security);
    CHECK(within_20_s([&] { return made >= 2; }));
  }
}

TEST_CASE("A token that cannot be made is a refused login that says why", "[kafka]") {
  KafkaSecurity security;
  security.protocol = KafkaSecurity::Protocol::SaslPlaintext;
  security.mechanism = KafkaSecurity::Mechanism::MskIam;
  security.make_token = []() -> KafkaSecurity::Token {
    throw std::runtime_error("AWS_ACCESS_KEY_ID is not set");
  };
  const auto source = make_consumer(config_with(security));
  source->open([] {});
  SourceProblem found;
  REQUIRE(within_20_s([&] {
    for (const SourceEvent& event : source->serve()) {
      const auto* problem = std::get_if<SourceProblem>(&event);
      if (problem != nullptr && problem->kind == SourceProblem::Kind::LoginRefused)
        found = *problem;
    }
    return !found.text.empty();
  }));
  CHECK(found.text == "Kafka at 127.0.0.1:1 refuses the login: AWS_ACCESS_KEY_ID is not set");
}

TEST_CASE("A certificate or key that cannot be used makes no client, and is not shown", "[kafka]") {
  const TemporaryDirectory directory;
  ::setenv("TMPDIR", directory.path().c_str(), 1);
  KafkaSecurity security;
  security.protocol = KafkaSecurity::Protocol::Ssl;
  SECTION("root certificate") {
    security.ca_certificates = "planted-ca";
  }
  SECTION("client certificate") {
    security.client_certificate = "planted-certificate";
    security.private_key = "planted-key";
    security.private_key_password = "planted-password";
  }
  const SourceProblem problem = problem_of(security);
  CHECK(problem.kind == SourceProblem::Kind::BadCertificate);
  CHECK(problem.text.find("planted") == std::string::npos);
  CHECK(std::filesystem::is_empty(directory.path()));
  ::unsetenv("TMPDIR");
}

TEST_CASE("Any user name and password can be given to a client", "[kafka]") {
  KafkaSecurity security;
  security.protocol = KafkaSecurity::Protocol::SaslSsl;
  security.mechanism =
      GENERATE(KafkaSecurity::Mechanism::Plain, KafkaSecurity::Mechanism::ScramSha256,
               KafkaSecurity::Mechanism::ScramSha512);
  security.username = "a \"user\" = ,;\xC3\xA9";
  security.password = "line one\nline two\\ ' ";
  CHECK_NOTHROW(make_consumer(config_with(security)));
}

TEST_CASE("A temporary file is its owner's alone and goes with its object", "[kafka]") {
  std::filesystem::path path;
  {
    const TemporaryFile file("content");
    path = file.path();
    CHECK(std::filesystem::file_size(path) == 7);
    using std::filesystem::perms;
    CHECK(std::filesystem::status(path).permissions() == (perms::owner_read | perms::owner_write));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}
