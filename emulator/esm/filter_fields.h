// The names of all fields that a filter's patterns look at, as one tree, so that a record is walked
// once for all of them and everything else in it is stepped over. Fields are numbered from 0.
// Built by filter_pattern, constant afterwards, shared by any number of threads.
//
// A name is its steps joined by dots, and nothing tells {"a":{"b":1}} from {"a.b":1}, in patterns
// as in records (aws/event-ruler README.md, "JSON keys with dots"; recorded).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

class FieldTree {
 public:
  struct Node {
    // Null when no pattern's field is that step, or steps where `name` has dots, below this one.
    const Node* below(std::string_view name) const;

    std::optional<std::size_t> field;  // whose name ends here
    struct Step {
      std::string name;
      Node* node;
    };
    std::vector<Step> steps;
    std::uint64_t lengths = 0;  // bit n: some step's name has n bytes (63: or more)
  };

  FieldTree() : nodes_(1) {}
  std::size_t add(std::string_view name);  // the same number for the same name
  std::size_t size() const { return size_; }
  const Node& root() const { return nodes_.front(); }

 private:
  std::deque<Node> nodes_;  // addresses stay
  std::size_t size_ = 0;
};

}  // namespace emulator
