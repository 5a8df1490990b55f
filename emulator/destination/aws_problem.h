// What a failed call to an AWS service means for the destination behind it. Used by the carriers.
#pragma once

#include <string>

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

}  // namespace emulator
