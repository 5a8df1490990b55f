// What an event source mapping may be: AWS's ranges and contradictions, as data. Template, command
// line and control plane ask here; each violation is a value that they show in their own way.
// Pure; any thread.
// docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html, msk-esm-parameters.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/mapping_request.h"
#include "emulator/config/model.h"

namespace emulator {

struct Violation {
  std::string parameter;    // "BatchSize", "ProvisionedPollerConfig.MinimumPollers"
  std::string problem;      // goes on after the parameter's name: "is 20000"
  std::string remedy;       // "it must be between 1 and 10000"; names other parameters as AWS does
  std::string aws_message;  // AWS's own text, where it is known
  std::string sam_message = {};  // of SAM's transformation, where that refuses it first
};

// All of them, in the order of the request's members; empty: the mapping may be made.
std::vector<Violation> check_mapping(const MappingRequest& request, Strictness strictness,
                                     std::int64_t now_ms);
// Lambda gives a function that a Kafka mapping invokes less time than others.
std::optional<Violation> check_triggered_function(const FunctionConfig& function);

// One line: `subject` is the parameter's name where the user wrote it.
std::string describe(const std::string& subject, const Violation& violation);

}  // namespace emulator
