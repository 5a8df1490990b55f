#include "emulator/catalog/event_record.h"

#include <utility>

#include "emulator/config/utc.h"
#include "emulator/config/uuid.h"

namespace emulator {
namespace {

constexpr std::size_t kErrorMessageBytesMax = 1'024;  // "The first 1 KB of the error message"

// The record with the two payloads in their places, byte for byte: a parsed number or a repeated
// member would not come out as it went in.
std::string with_payloads(Json record, const std::string& event, const std::string* answer) {
  std::string text = record.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto put = [&text](const char* member, const std::string& json) {
    const std::string place = std::string("\"") + member + "\":null";
    text.replace(text.find(place) + place.size() - 4, 4, json);
  };
  // The later one first: what is put in may hold such a place too.
  if (answer != nullptr) put("responsePayload", *answer);
  put("requestPayload", event);
  return text;
}

std::string object_key(const EventOutcome& outcome) {
  return "aws/lambda/async/" + outcome.function + "/" +
         utc_text(outcome.now_epoch_ms, "%Y/%m/%d/%Y-%m-%dT%H.%M.%S") + "-" + random_uuid();
}

std::string error_message(const EventOutcome& outcome) {
  // Spelt as others recorded it.
  if (outcome.condition == EventCondition::ZeroReservedConcurrency)
    return "Function not invoked. Function isconfigured with zero reserved concurrent executions";
  if (outcome.answer.status != 200) return outcome.answer.message;
  const Json error = Json::parse(outcome.answer.payload, nullptr, /*allow_exceptions=*/false);
  if (!error.is_object() || !error.contains("errorMessage") || !error["errorMessage"].is_string())
    return outcome.answer.payload;
  return error["errorMessage"];
}

// Never a part of a character.
std::string first_bytes(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0u) == 0x80u) --bytes;
  text.resize(bytes);
  return text;
}

}  // namespace

FailureMessage invocation_record(const EventOutcome& outcome) {
  const auto& answer = outcome.answer;
  Json record = {{"version", "1.0"},
                 {"timestamp", iso_time(outcome.now_epoch_ms)},
                 {"requestContext",
                  {{"requestId", outcome.request_id},
                   {"functionArn", outcome.function_arn},
                   {"condition", to_string(outcome.condition)},
                   {"approximateInvokeCount", outcome.attempts}}},
                 {"requestPayload", nullptr}};
  const std::string* payload = nullptr;
  // Without an attempt there is neither of the two, and without a run no payload (inference).
  if (answer.status != 0) {
    Json context = {{"statusCode", answer.status}};
    if (!answer.executed_version.empty()) context["executedVersion"] = answer.executed_version;
    if (answer.function_error) context["functionError"] = "Unhandled";
    record["responseContext"] = std::move(context);
    if (answer.status == 200 && Json::accept(answer.payload)) {
      payload = &answer.payload;
      record["responsePayload"] = nullptr;
    }
  }
  FailureMessage message;
  message.body = with_payloads(std::move(record), *outcome.event, payload);
  message.object_key = object_key(outcome);
  return message;
}

FailureMessage dead_letter(const EventOutcome& outcome) {
  FailureMessage message;
  message.body = *outcome.event;
  message.attributes.push_back({"RequestID", "String", outcome.request_id});
  if (outcome.answer.status != 0)
    message.attributes.push_back({"ErrorCode", "Number", std::to_string(outcome.answer.status)});
  // An empty value is none to SQS.
  if (auto text = first_bytes(error_message(outcome), kErrorMessageBytesMax); !text.empty())
    message.attributes.push_back({"ErrorMessage", "String", std::move(text)});
  return message;
}

}  // namespace emulator
