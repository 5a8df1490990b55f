#include "emulator/function/report.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "runtime_api/json_text.h"

namespace emulator {
namespace {

constexpr std::size_t kQuotedPayloadBytes = 200;

std::string decimal(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

}  // namespace

std::string timeout_text(std::chrono::milliseconds timeout) {
  return "Task timed out after " + decimal("%.2f", static_cast<double>(timeout.count()) / 1000.0) +
         " seconds";
}

std::string exit_text(const ExitStatus& exit) {
  if (!exit.signalled && exit.code == 0) return "Runtime exited without providing a reason";
  return "Runtime exited with error: " + exit.text();
}

std::string fault_text(std::string_view request_id) {
  return "RequestId: " + std::string(request_id) + " Process exited before completing request";
}

std::string failure_payload(std::string_view type, std::string_view request_id,
                            std::string_view text) {
  return "{\"errorType\":" + runtime_api::json_string(type) + ",\"errorMessage\":" +
         runtime_api::json_string("RequestId: " + std::string(request_id) +
                                  " Error: " + std::string(text)) +
         "}";
}

std::string error_message_of(const std::string& payload) {
  const auto json = nlohmann::json::parse(payload, nullptr, false);
  if (json.is_object()) {
    const auto message = json.find("errorMessage");
    if (message != json.end() && message->is_string()) return message->get<std::string>();
  }
  return payload.substr(0, kQuotedPayloadBytes);
}

}  // namespace emulator
