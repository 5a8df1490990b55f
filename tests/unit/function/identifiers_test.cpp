#include "emulator/function/identifiers.h"

#include <regex>
#include <string>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

bool matches(const std::string& text, const std::string& pattern) {
  INFO(text);
  return std::regex_match(text, std::regex(pattern));
}

const std::string kRoot = "Root=1-[0-9a-f]{8}-[0-9a-f]{24}";
const std::string kRest = ";Parent=[0-9a-f]{16};Sampled=0";

}  // namespace

TEST_CASE("trace ids are made where there is none") {
  CHECK(matches(make_trace_id(), kRoot + kRest));
  CHECK(make_trace_id() != make_trace_id());
  CHECK(matches(trace_id_for(""), kRoot + kRest));
  CHECK(matches(trace_id_for("nonsense"), kRoot + kRest));
  CHECK(matches(trace_id_for("NoRoot=1-2-3"), kRoot + kRest));
}

TEST_CASE("a caller's trace id is kept, with what it lacks") {
  const std::string whole =
      "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
  CHECK(trace_id_for(whole) == whole);
  CHECK(trace_id_for("Self=1-2-3;" + whole) == "Self=1-2-3;" + whole);
  CHECK(matches(trace_id_for("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
                "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700" + kRest));
  CHECK(matches(trace_id_for("Sampled=1;Root=1-2-3"), "Sampled=1;Root=1-2-3;Parent=[0-9a-f]{16}"));
}
