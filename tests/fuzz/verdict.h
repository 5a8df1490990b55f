// What must be true of every answer, whatever was asked, and what kind of answer it was. Pure.
#pragma once

#include <string>

#include "runtime_api/http_server.h"
#include "tests/fuzz/api_call.h"

namespace emulator::fuzz {

// What the rig's functions cannot be started for: the one failure that is not klambda's own.
inline constexpr const char* kNoRuntime = "there is no runtime in this test";

// What is wrong with the answer; "": nothing.
std::string complaint(const runtime_api::HttpResponse& response);

// Answers with the same text took the same way, as far as one sees from outside: status, error and
// its message without values, a success's members.
std::string behaviour(const ApiCall& call, const runtime_api::HttpResponse& response);

}  // namespace emulator::fuzz
