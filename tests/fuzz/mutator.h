// Damages requests at random, the same way for the same seed: bytes of any part, segments of the
// path, values and members of a JSON body. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "emulator/catalog/json.h"
#include "tests/fuzz/api_call.h"

namespace emulator::fuzz {

class Mutator {
 public:
  // Members and texts of the corpus are what it puts in strange places.
  Mutator(const std::vector<ApiCall>& corpus, std::uint64_t seed);

  ApiCall mutant();  // of any request of the corpus
  void learn(ApiCall call) { corpus_.push_back(std::move(call)); }
  void change_text(std::string& text);

 private:
  std::size_t below(std::size_t end);
  template <typename List>
  const auto& one_of(const List& list) {
    return list[below(list.size())];
  }
  void collect_words(const Json& value);
  void change(ApiCall& call);
  void change_target(std::string& target);
  void change_header(ApiCall& call);
  void change_json(std::string& body);
  void change_value(Json& value);
  Json strange_value();

  std::vector<ApiCall> corpus_;
  std::vector<std::string> words_;
  std::mt19937_64 random_;
};

}  // namespace emulator::fuzz
