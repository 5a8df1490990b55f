// FilterCriteria: which records the function gets. Patterns are compiled once, when the mapping is
// made; a record that matches none of them is discarded and committed with those around it.
// Rules: docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html, operators:
// docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
//
// Threads: one poller's; copies share the compiled patterns and each has working memory of its own.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/kafka/record.h"

namespace emulator {

// AWS answers every fault with this one text (invocation-eventfiltering.html; recorded); what() is
// the real reason, for the log.
inline constexpr const char* kInvalidFilterPattern = "Invalid filter pattern definition.";
struct FilterPatternError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Filter {
 public:
  Filter();  // passes every record
  // Throws FilterPatternError. Strict: also for operators that Lambda is not known to take.
  Filter(const std::vector<std::string>& patterns, Strictness strictness);
  ~Filter();
  Filter(const Filter& other);
  Filter& operator=(const Filter& other);

  bool passes(const Record& record);

  // Top members of patterns that no Kafka record has ("data", of a Kinesis filter): what asks for
  // one of them matches nothing.
  std::vector<std::string> unknown_members() const;

 private:
  class Patterns;
  class Memory;
  std::shared_ptr<const Patterns> patterns_;  // null: none
  std::unique_ptr<Memory> memory_;
};

}  // namespace emulator
