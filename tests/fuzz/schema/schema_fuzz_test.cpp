// The corpus of each target, and mutants of it, the same in every run. Longer runs are libFuzzer's
// (README.md).
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/schema/targets.h"
#include "tests/support/catch.h"
#include "tests/support/text_of.h"

namespace emulator::fuzz {
namespace {

constexpr std::uint64_t kSeed = 6;
constexpr int kMutants = 1'500;  // of each target
constexpr std::chrono::seconds kSlow{20};

std::vector<std::string> corpus_of(const std::string& target) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(KLAMBDA_FUZZ_CORPUS) / target))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> inputs;
  for (const auto& path : paths) inputs.push_back(text_of(path));
  return inputs;
}

// Damages one input, sometimes with a piece of another.
std::string mutant(const std::vector<std::string>& corpus, std::mt19937_64& random) {
  const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
  std::string text = corpus[below(corpus.size())];
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
    const std::size_t at = below(text.size() + 1);
    const std::string& other = corpus[below(corpus.size())];
    switch (below(5)) {
      case 0:
        text.erase(at, 1 + below(8));
        break;
      case 1:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 3:
        text.insert(at, text.substr(below(text.size() + 1), below(64)));
        break;
      default:
        text.insert(at, other.substr(below(other.size() + 1), below(64)));
        break;
    }
  }
  return text;
}

void judge(const SchemaTarget& target, const std::string& input) {
  const auto start = std::chrono::steady_clock::now();
  try {
    target.run(input);
  } catch (const std::exception& error) {
    FAIL(target.name << ": " << error.what() << ": "
                     << Catch::Detail::stringify(input.substr(0, 4'000)));
  }
  const auto took = std::chrono::steady_clock::now() - start;
  if (took > kSlow)
    FAIL(target.name << " took " << std::chrono::duration<double>(took).count() << " s");
}

}  // namespace

TEST_CASE("schema fuzz: the corpus and its mutants are taken or refused") {
  for (const SchemaTarget& target : schema_targets()) {
    const auto corpus = corpus_of(target.name);
    REQUIRE(corpus.size() > 2);
    for (const std::string& input : corpus) judge(target, input);
    std::mt19937_64 random(kSeed);
    for (int i = 0; i < kMutants; ++i) judge(target, mutant(corpus, random));
  }
}

}  // namespace emulator::fuzz
