#include "emulator/control/advance_time.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "emulator/config/utc.h"
#include "emulator/control/aws_error.h"
#include "emulator/control/query.h"

namespace emulator {
namespace {

using nlohmann::json;
using runtime_api::HttpResponse;

// Records live for 7 days at most (MaximumRecordAgeInSeconds); more than this is a slip.
constexpr double kSecondsMax = 10.0 * 365 * 24 * 3'600;

json parse(std::string_view text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// nullopt: no number was given.
std::optional<double> read_seconds(const runtime_api::HttpExchange& exchange) {
  json seconds;
  if (const auto asked = query_parameter(exchange.query(), "seconds")) {
    seconds = parse(*asked);
  } else if (const json body = parse(exchange.body());
             body.is_object() && body.contains("seconds")) {
    seconds = body["seconds"];
  }
  if (!seconds.is_number()) return std::nullopt;
  return seconds.get<double>();
}

}  // namespace

HttpResponse advance_time(const runtime_api::HttpExchange& exchange, const AdvanceTime& advance) {
  if (!advance) return invalid_parameter_value("The clock of this klambda cannot be moved.");
  const auto seconds = read_seconds(exchange);
  if (!seconds) {
    return invalid_parameter_value(
        "How far to move the clock is missing: send {\"seconds\": 3600}, or ?seconds=3600.");
  }
  if (!(*seconds >= 0 && *seconds <= kSecondsMax)) {
    return invalid_parameter_value(
        "The clock only moves ahead, by at most ten years: \"seconds\" is from 0 to 315360000.");
  }
  const std::chrono::milliseconds by(std::llround(*seconds * 1'000));
  const std::int64_t now_ms = advance(by);
  HttpResponse response;
  response.body =
      nlohmann::ordered_json{{"advancedSeconds", static_cast<double>(by.count()) / 1'000},
                             {"now", iso_time(now_ms)}}
          .dump();
  return response;
}

}  // namespace emulator
