#include "emulator/config/destination_name.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "emulator/config/model.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr std::size_t kNameBytesMax = 256;  // an SNS topic's; the others allow less
constexpr std::size_t kAccountDigits = 12;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && name != "." && name != ".." &&
         consists_of(name, "._-");
}

}  // namespace

std::optional<DestinationName> parse_destination(std::string_view text) {
  if (starts_with(text, kKafkaScheme)) {
    const auto topic = text.substr(kKafkaScheme.size());
    if (!is_name(topic)) return std::nullopt;
    return DestinationName{DestinationKind::Kafka, std::string(topic), {}, {}, {}};
  }
  // arn:PARTITION:sqs:REGION:ACCOUNT:NAME, arn:PARTITION:s3:::NAME
  const auto parts = split(text, ':');
  if (parts.size() != 6 || parts[0] != "arn" || !starts_with(parts[1], "aws")) return std::nullopt;
  constexpr std::array<std::pair<std::string_view, DestinationKind>, 3> kServices{
      {{"sqs", DestinationKind::Sqs}, {"sns", DestinationKind::Sns}, {"s3", DestinationKind::S3}}};
  const auto* const service = std::find_if(kServices.begin(), kServices.end(),
                                           [&](const auto& one) { return one.first == parts[2]; });
  if (service == kServices.end() || !is_name(parts[5])) return std::nullopt;
  const bool in_account = !parts[3].empty() && parts[4].size() == kAccountDigits;
  if (service->second != DestinationKind::S3 && !in_account) return std::nullopt;
  return DestinationName{service->second, parts[5], parts[3], parts[4], std::string(text)};
}

std::string_view to_string(DestinationKind kind) {
  switch (kind) {
    case DestinationKind::Sqs:
      return "SQS";
    case DestinationKind::Sns:
      return "SNS";
    case DestinationKind::S3:
      return "S3";
    case DestinationKind::Kafka:
      break;
  }
  return "Kafka";
}

std::string_view arn_service(std::string_view text) {
  for (int part = 0; part < 2; ++part) {
    const auto colon = text.find(':');
    if (colon == text.npos) return {};
    text.remove_prefix(colon + 1);
  }
  return text.substr(0, text.find(':'));
}

bool takes_invocations(std::string_view service, InvocationCondition condition) {
  constexpr std::array<std::string_view, 4> kServices{"sqs", "sns", "lambda", "events"};
  return is_one_of(kServices, service) ||
         (service == "s3" && condition == InvocationCondition::OnFailure);
}

}  // namespace emulator
