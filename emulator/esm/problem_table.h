// What a problem of a mapping's source is called where AWS shows it: one row a kind. Texts and
// codes: docs.aws.amazon.com/lambda/latest/dg/with-kafka-troubleshoot.html, esm-logging.html and
// what users report of them; the .cpp says which are inferences. What klambda's own log says, for
// people, is the problem's text. Pure; any thread.
#pragma once

#include <string>

#include "emulator/config/model.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

// StateTransitionReason, all values that AWS has.
inline constexpr const char* kUserInitiated = "USER_INITIATED";
inline constexpr const char* kMappingNotValid = "ESM_CONFIG_NOT_VALID";
inline constexpr const char* kSourceAuthenticationError = "EVENT_SOURCE_AUTHN_ERROR";
inline constexpr const char* kSourceAuthorizationError = "EVENT_SOURCE_AUTHZ_ERROR";
inline constexpr const char* kFunctionNotValid = "FUNCTION_CONFIG_NOT_VALID";

struct ProblemTexts {
  const char* processing_result;  // LastProcessingResult
  // StateTransitionReason of a mapping whose consumer is stopped by it: the connection is given up,
  // and a new one is tried with growing pauses. Null: the consumer goes on and waits.
  const char* transition_reason;
  const char* error_code;  // error.errorCode of the mapping's log event: a Java client's exception
};
const ProblemTexts& texts_of(SourceProblem::Kind kind);

// error.errorMessage of the mapping's log event.
std::string error_message(const SourceProblem& problem, const MappingConfig& config);

}  // namespace emulator
