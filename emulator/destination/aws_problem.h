// What a failed call to an AWS service means for the destination behind it. Used by the carriers.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "emulator/aws/aws_client.h"
#include "emulator/esm/record_sink.h"

namespace emulator {

// `who`: the carrier's describe(); `missing`: what is said, behind `who`, when it does not exist.
inline SinkProblem problem_of(const AwsFailure& failure, const std::string& who,
                              const std::string& missing) {
  switch (failure.kind) {
    case AwsFailure::Kind::NoAnswer:
      return {SinkProblem::Kind::NotReachable, who + ": " + failure.text};
    case AwsFailure::Kind::Missing:
      return {SinkProblem::Kind::Unusable, who + " does not exist" + missing};
    case AwsFailure::Kind::Refused:
    case AwsFailure::Kind::Other:
      break;
  }
  return {SinkProblem::Kind::Unusable, who + ": " + failure.text};
}

// Of a call's answer; nullopt: it went well.
inline std::optional<SinkProblem> problem_of(const std::variant<std::string, AwsFailure>& answer,
                                             const std::string& who, const std::string& missing) {
  const auto* failure = std::get_if<AwsFailure>(&answer);
  if (failure == nullptr) return std::nullopt;
  return problem_of(*failure, who, missing);
}

}  // namespace emulator
