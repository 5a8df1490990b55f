#include "emulator/control/advance_time.h"

#include <cmath>
#include <optional>
#include <utility>

#include "emulator/config/utc.h"

namespace emulator {
namespace {

// Records live for 7 days at most (MaximumRecordAgeInSeconds); more than this is a slip.
constexpr double kSecondsMax = 10.0 * 365 * 24 * 3'600;

// nullopt: no number was given.
std::optional<double> read_seconds(const ApiRequest& request) {
  const auto asked = request.query("seconds");
  const Json seconds = asked ? Json::parse(*asked, nullptr, /*allow_exceptions=*/false)
                             : request.body().value("seconds", Json());
  if (!seconds.is_number()) return std::nullopt;
  return seconds.get<double>();
}

runtime_api::HttpResponse advance_time(const ApiRequest& request, const AdvanceTime& advance) {
  const auto seconds = read_seconds(request);
  if (!seconds) {
    throw invalid_parameter_value(
        "How far to move the clock is missing: send {\"seconds\": 3600}, or ?seconds=3600.");
  }
  if (!(*seconds >= 0 && *seconds <= kSecondsMax)) {
    throw invalid_parameter_value(
        "The clock only moves ahead, by at most ten years: \"seconds\" is from 0 to 315360000.");
  }
  const std::chrono::milliseconds by(std::llround(*seconds * 1'000));
  const std::int64_t now_ms = advance(by);
  return json_response(200, {{"advancedSeconds", static_cast<double>(by.count()) / 1'000},
                             {"now", iso_time(now_ms)}});
}

}  // namespace

void add_advance_time(Router& router, AdvanceTime advance) {
  router.add("POST", "/_klambda/advance-time", "AdvanceTime",
             [advance = std::move(advance)](ApiRequest& request) {
               return advance_time(request, advance);
             });
}

}  // namespace emulator
