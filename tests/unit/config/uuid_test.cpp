#include "emulator/config/uuid.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

// 8-4-4-4-12 lower-case hexadecimal digits, the version and the variant in their places.
bool is_uuid(const std::string& text, char version) {
  if (text.size() != 36 || text[14] != version ||
      std::string("89ab").find(text[19]) == std::string::npos)
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::string("0123456789abcdef").find(text[i]) == std::string::npos)
      return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a name's UUID is version 5 and always the same") {
  CHECK(is_uuid(name_uuid("/a/template.yaml#Orders/Kafka"), '5'));
  CHECK(name_uuid("/a/template.yaml#Orders/Kafka") == name_uuid("/a/template.yaml#Orders/Kafka"));
  CHECK(name_uuid("/a/template.yaml#Orders/Kafka") != name_uuid("/b/template.yaml#Orders/Kafka"));
  // Another value would give every user's mapping a new consumer group.
  CHECK(name_uuid("klambda") == "5b576443-a692-566e-b08f-95258e95af3a");
}

TEST_CASE("random UUIDs are version 4 and differ, in every thread") {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<std::vector<std::string>> made(kThreads);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < kEach; ++i) mine.push_back(random_uuid());
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& mine : made) {
    CHECK(std::all_of(mine.begin(), mine.end(),
                      [](const std::string& uuid) { return is_uuid(uuid, '4'); }));
    all.insert(mine.begin(), mine.end());
  }
  CHECK(all.size() == std::size_t{kThreads} * kEach);
}
