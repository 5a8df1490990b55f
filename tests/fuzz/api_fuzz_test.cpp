// Requests that were damaged at random: every answer is a success or one error in AWS's shape, and
// comes soon. README.md tells how to let it run for long.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "emulator/aws/sigv4_verify.h"
#include "emulator/config/digest.h"
#include "emulator/config/text.h"
#include "emulator/observe/log.h"
#include "tests/fuzz/api_rig.h"
#include "tests/fuzz/mutator.h"
#include "tests/fuzz/verdict.h"
#include "tests/support/catch.h"

namespace emulator::fuzz {
namespace {

constexpr std::uint64_t kSeed = 20'261'125;  // the same mutants in every run
constexpr int kMutants = 4'000;
constexpr int kMutantsOfOneRig = 500;  // then everything is made anew
constexpr std::chrono::seconds kSlow{10};
constexpr std::size_t kKeptBytesMax = 4'096;  // of a request that the corpus takes

const std::filesystem::path kCorpus = KLAMBDA_FUZZ_CORPUS;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

// Fails the test with the request when the answer is not as it must be.
runtime_api::HttpResponse judged(ApiRig& rig, const ApiCall& call) {
  INFO(to_text(call).substr(0, 4'000));
  const auto start = std::chrono::steady_clock::now();
  auto response = rig.answer(call);
  const auto took = std::chrono::steady_clock::now() - start;
  const auto problem = complaint(response);
  if (!problem.empty()) FAIL(problem);
  if (took > kSlow) FAIL("it took " << std::chrono::duration<double>(took).count() << " s");
  return response;
}

// With what the corpus makes: functions, layers, mappings.
std::unique_ptr<ApiRig> furnished_rig(const std::vector<ApiCall>& corpus) {
  auto rig = std::make_unique<ApiRig>();
  for (const auto& call : corpus) judged(*rig, call);
  return rig;
}

void keep(const ApiCall& call) {
  const auto text = to_text(call);
  std::ofstream(kCorpus / ("found-" + hex(sha256(text)).substr(0, 16) + ".request"),
                std::ios::binary)
      << text;
}

}  // namespace

TEST_CASE("fuzz: every request of the corpus is answered as the API answers") {
  spdlog::set_level(spdlog::level::off);
  const auto corpus = read_corpus(kCorpus);
  REQUIRE(corpus.size() > 10);
  std::size_t succeeded = 0;
  ApiRig rig;
  for (const auto& call : corpus) {
    if (judged(rig, call).status < 300) ++succeeded;
  }
  CHECK(succeeded > 50);
}

TEST_CASE("fuzz: a damaged request succeeds or gets one error") {
  spdlog::set_level(spdlog::level::off);
  const auto corpus = read_corpus(kCorpus);
  Mutator mutator(corpus, number_from_environment("KLAMBDA_FUZZ_SEED", kSeed));
  std::set<std::string> ways;
  int succeeded = 0;
  std::unique_ptr<ApiRig> rig;
  for (int i = 0; i < kMutants; ++i) {
    if (i % kMutantsOfOneRig == 0) rig = furnished_rig(corpus);
    const auto call = mutator.mutant();
    const auto response = judged(*rig, call);
    succeeded += response.status < 300 ? 1 : 0;
    ways.insert(behaviour(call, response));
  }
  // The mutants are neither all harmless nor all hopeless.
  CHECK(succeeded > kMutants / 50);
  CHECK(ways.size() > 30);
}

// Adds a request to the corpus for each way of answering that none in it takes.
TEST_CASE("fuzz: for as long as KLAMBDA_FUZZ_SECONDS says") {
  const std::chrono::seconds limit(number_from_environment("KLAMBDA_FUZZ_SECONDS", 0));
  if (limit.count() == 0) return;
  spdlog::set_level(spdlog::level::off);
  const auto corpus = read_corpus(kCorpus);
  Mutator mutator(corpus, number_from_environment("KLAMBDA_FUZZ_SEED", kSeed));
  std::set<std::string> ways;
  ApiRig first;
  for (const auto& call : corpus) ways.insert(behaviour(call, judged(first, call)));
  const auto end = std::chrono::steady_clock::now() + limit;
  std::unique_ptr<ApiRig> rig;
  for (std::uint64_t i = 0; std::chrono::steady_clock::now() < end; ++i) {
    if (i % kMutantsOfOneRig == 0) rig = furnished_rig(corpus);
    auto call = mutator.mutant();
    const auto way = behaviour(call, judged(*rig, call));
    if (to_text(call).size() > kKeptBytesMax || !ways.insert(way).second) continue;
    keep(call);
    mutator.learn(std::move(call));
  }
  WARN(ways.size() << " ways of answering");
}

TEST_CASE("fuzz: a damaged signature is refused") {
  const AwsCredentials key{"AKIDEXAMPLE", "secret", ""};
  constexpr std::int64_t kNow = 1'440'938'160;
  SignableRequest signable;
  signable.method = "GET";
  signable.host = "localhost:3001";
  signable.path = "/2015-03-31/functions";
  ApiCall right{"GET", signable.path, {{"host", signable.host}}, ""};
  for (const auto& [name, value] : sign(signable, key, {"us-east-1", "lambda", kNow}))
    right.headers.emplace_back(lower_case(name), value);
  Mutator mutator({right}, kSeed);
  for (int i = 0; i < kMutants; ++i) {
    ApiCall call = right;
    auto& [changed, value] = call.headers[static_cast<std::size_t>(i) % call.headers.size()];
    const auto before = value;
    mutator.change_text(value);
    INFO(to_text(call));
    const auto problem = find_signature_problem(
        {call.method,
         call.target,
         {},
         [&call](std::string_view wanted) -> std::optional<std::string_view> {
           for (const auto& [name, text] : call.headers)
             if (name == lower_case(wanted)) return text;
           return std::nullopt;
         },
         call.body},
        key, "lambda", kNow);
    if (value == before) REQUIRE_FALSE(problem.has_value());
    if (problem) continue;
    // Blanks and commas between the parts of an Authorization do no harm.
    if (changed == "authorization")
      REQUIRE(value.find(before.substr(before.rfind('='))) != std::string::npos);
    else
      REQUIRE(std::string(trim(value)) == before);
  }
}

}  // namespace emulator::fuzz
