#include "emulator/config/mapping_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "emulator/config/access_rules.h"
#include "emulator/config/destination_name.h"
#include "emulator/config/rules.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

using OptionalInteger = std::optional<std::int64_t>;

// docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html: five, ten on request
constexpr std::size_t kFiltersDefault = 5;
constexpr std::size_t kFiltersMax = 10;
// docs.aws.amazon.com/lambda/latest/api/API_Filter.html, API_OnFailure.html,
// API_ProvisionedPollerConfig.html
constexpr std::size_t kDestinationMax = 350;
constexpr std::size_t kPollerGroupMax = 128;

constexpr std::string_view kPollers = "ProvisionedPollerConfig";
constexpr std::string_view kDestination = "DestinationConfig.OnFailure.Destination";
constexpr std::string_view kOrLenient = ", or leave out --strict";

enum class Unlimited { No, Allowed };  // whether -1 stands for "no limit"

struct RangeRule {
  std::string_view parameter;
  OptionalInteger MappingRequest::*value;
  Range range;
  std::string_view unit;
  Unlimited unlimited = Unlimited::No;
  std::int64_t divisor = 1;  // of the value, to get the unit in which it is shown
};

constexpr std::array kRanges = std::to_array<RangeRule>({
    {"BatchSize", &MappingRequest::batch_size, {1, kBatchSizeMax}, ""},
    {"MaximumBatchingWindowInSeconds",
     &MappingRequest::batch_window_ms,
     {0, kBatchWindowSecondsMax},
     " seconds",
     Unlimited::No,
     1'000},
    {"MaximumRetryAttempts",
     &MappingRequest::maximum_retry_attempts,
     {0, 10'000},
     "",
     Unlimited::Allowed},
    // The API's model also has 0 to 59, which Lambda refuses.
    {"MaximumRecordAgeInSeconds",
     &MappingRequest::maximum_record_age_s,
     {60, 604'800},
     " seconds",
     Unlimited::Allowed},
    {"ProvisionedPollerConfig.MinimumPollers", &MappingRequest::minimum_pollers, {1, 200}, ""},
    {"ProvisionedPollerConfig.MaximumPollers", &MappingRequest::maximum_pollers, {1, 2'000}, ""},
});

struct WordsRule {
  std::string_view parameter;
  std::vector<std::string> MappingRequest::*values;
  std::array<std::string_view, 3> words;  // the last ones may be empty
};

constexpr std::array kWords = std::to_array<WordsRule>({
    {"FunctionResponseTypes",
     &MappingRequest::function_response_types,
     {"ReportBatchItemFailures"}},
    {"MetricsConfig.Metrics",
     &MappingRequest::metrics,
     {"EventCount", "ErrorCount", "KafkaMetrics"}},
});

// What only a mapping in provisioned mode has:
// docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html, esm-logging.html. That AWS
// refuses it for an on-demand mapping, and in these words, is an inference from what it answered
// for MaximumRetryAttempts in 2021.
struct ProvisionedRule {
  std::string_view parameter;
  bool (*is_given)(const MappingRequest&);
  std::string_view problem = "is only for provisioned mode";
};

constexpr std::array kProvisionedOnly = std::to_array<ProvisionedRule>({
    {"MaximumRetryAttempts",
     [](const MappingRequest& r) { return r.maximum_retry_attempts.has_value(); }},
    {"MaximumRecordAgeInSeconds",
     [](const MappingRequest& r) { return r.maximum_record_age_s.has_value(); }},
    {"BisectBatchOnFunctionError",
     [](const MappingRequest& r) { return r.bisect_batch_on_function_error.has_value(); }},
    {"FunctionResponseTypes",
     [](const MappingRequest& r) { return !r.function_response_types.empty(); }},
    {"DestinationConfig",
     [](const MappingRequest& r) { return starts_with(r.on_failure_destination, kKafkaScheme); },
     "names a Kafka topic, which is only for provisioned mode"},
    {"LoggingConfig", [](const MappingRequest& r) { return r.system_log_level.has_value(); }},
});

std::string unsupported(std::string_view parameter) {
  std::string name(parameter);
  name.front() = lower_case(name.substr(0, 1)).front();
  return "Unsupported '" + name + "' parameter for given event source mapping type.";
}

// "1700000000", "1700000000.5"
std::string in_seconds(std::int64_t ms) {
  if (ms < 0) return "-" + in_seconds(-ms);
  std::string text = std::to_string(ms / 1'000);
  if (ms % 1'000 == 0) return text;
  text += "." + std::to_string(1'000 + ms % 1'000).substr(1);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

class Checker {
 public:
  Checker(const MappingRequest& request, Strictness strictness, std::int64_t now_ms)
      : request_(request), strict_(strictness == Strictness::Strict), now_ms_(now_ms) {}

  std::vector<Violation> check() {
    topics();
    starting_position();
    names();
    ranges();
    filters();
    words();
    destination();
    pollers();
    foreign();
    take(check_source_access(request_));
    take(check_schema_registry(request_));
    if (strict_) refused_by_aws();
    return std::move(violations_);
  }

 private:
  void add(std::string_view parameter, std::string problem, std::string remedy,
           std::string aws_message = {}) {
    violations_.push_back(
        {std::string(parameter), std::move(problem), std::move(remedy), std::move(aws_message)});
  }

  void take(std::vector<Violation> violations) {
    for (auto& violation : violations) violations_.push_back(std::move(violation));
  }

  void topics() {
    const auto& topics = request_.topics;
    if (topics.size() != 1) {
      return add("Topics", "lists " + std::to_string(topics.size()) + " topics",
                 "AWS takes exactly one for each mapping");
    }
    const auto& topic = topics.front();
    if (const auto problem = check_topic(topic)) {
      add("Topics", "is " + in_quotes(topic), *problem);
    } else if (strict_ && topic.size() == 1) {
      // The pattern of API_CreateEventSourceMapping.html, "Topics", has no name of one character.
      add("Topics", "is " + in_quotes(topic),
          "AWS takes no topic whose name has one character: rename it" + std::string(kOrLenient));
    }
  }

  // docs.aws.amazon.com/lambda/latest/dg/kafka-starting-positions.html
  void starting_position() {
    const std::string_view parameter = "StartingPosition";
    const auto& text = request_.starting_position;
    const auto position =
        text ? parse_starting_position(*text) : std::optional(StartingPosition::TrimHorizon);
    if (!position)
      return add(parameter, "is " + in_quotes(*text),
                 "it must be TRIM_HORIZON, LATEST or AT_TIMESTAMP");
    const std::string_view timestamp = "StartingPositionTimestamp";
    const auto& ms = request_.starting_timestamp_ms;
    if (*position != StartingPosition::AtTimestamp) {
      if (ms) add(timestamp, "is given", "it needs StartingPosition AT_TIMESTAMP");
    } else if (!ms) {
      add(parameter, "is AT_TIMESTAMP",
          "StartingPositionTimestamp must give the time in epoch seconds");
    } else if (*ms > now_ms_) {
      add(timestamp, "is " + in_seconds(*ms), "it must not be in the future");
    }
  }

  void names() {
    if (const auto& group = request_.consumer_group_id) {
      if (const auto problem = check_consumer_group(*group))
        add("ConsumerGroupId", "is " + in_quotes(*group), *problem);
    }
    if (const auto& group = request_.poller_group_name) {
      if (group->size() > kPollerGroupMax || !consists_of(*group, "-_"))
        add("ProvisionedPollerConfig.PollerGroupName", "is " + in_quotes(*group),
            "a poller group's name has at most 128 letters, digits, '-' and '_'");
    }
    if (const auto& level = request_.system_log_level; level && !parse_system_log_level(*level))
      add("LoggingConfig.SystemLogLevel", "is " + in_quotes(*level),
          "it must be DEBUG, INFO or WARN");
  }

  void ranges() {
    for (const auto& rule : kRanges) {
      const auto& value = request_.*rule.value;
      if (!value) continue;
      const bool unlimited = rule.unlimited == Unlimited::Allowed;
      if (unlimited && *value == kUnlimited) continue;
      const Range scaled{rule.range.min * rule.divisor, rule.range.max * rule.divisor};
      if (!check_range(*value, scaled)) continue;
      add(rule.parameter,
          "is " + (rule.divisor == 1'000 ? in_seconds(*value) : std::to_string(*value)),
          (unlimited ? "it must be -1 (no limit) or between " : "it must be between ") +
              std::to_string(rule.range.min) + " and " + std::to_string(rule.range.max) +
              std::string(rule.unit));
    }
  }

  void filters() {
    const std::string_view parameter = "FilterCriteria.Filters";
    const auto& patterns = request_.filter_patterns;
    const std::string count = "has " + std::to_string(patterns.size()) + " filters";
    if (patterns.size() > kFiltersMax) {
      add(parameter, count, "AWS takes at most 10: join some of them with $or");
    } else if (strict_ && patterns.size() > kFiltersDefault) {
      add(parameter, count,
          "AWS takes at most 5, up to 10 on request: join some of them with $or" +
              std::string(kOrLenient));
    }
    for (const auto& pattern : patterns) {
      const std::size_t characters = count_characters(pattern);
      if (characters > kPatternCharactersMax)
        add(parameter, "has a pattern of " + std::to_string(characters) + " characters",
            "AWS takes at most 4096: split it into several filters");
    }
  }

  void words() {
    for (const auto& rule : kWords) {
      std::vector<std::string> allowed;
      for (const auto word : rule.words) {
        if (!word.empty()) allowed.emplace_back(word);
      }
      const auto& values = request_.*rule.values;
      const std::string remedy = "it must hold " + join(allowed, ", ") + ", each at most once";
      for (auto value = values.begin(); value != values.end(); ++value) {
        if (std::find(allowed.begin(), allowed.end(), *value) == allowed.end()) {
          add(rule.parameter, "has " + in_quotes(*value) + did_you_mean(*value, allowed), remedy);
        } else if (std::find(values.begin(), value, *value) != value) {
          add(rule.parameter, "has " + *value + " twice", remedy);
        }
      }
    }
  }

  // docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html, kafka-on-failure-destination.html
  void destination() {
    if (request_.has_on_success)
      add("DestinationConfig.OnSuccess", "is given",
          "a Kafka mapping has destinations for failures only, use OnFailure",
          "Unsupported DestinationConfig parameter for given event source mapping type.");
    const auto& destination = request_.on_failure_destination;
    if (destination.empty()) return;
    const std::string is = "is " + in_quotes(destination.substr(0, kDestinationMax));
    if (destination.size() > kDestinationMax)
      return add(kDestination, is + "…", "it has at most 350 characters");
    if (!starts_with(destination, kKafkaScheme)) {
      if (!parse_destination(destination))
        add(kDestination, is,
            "it must be the ARN of an SQS queue, an SNS topic or an S3 bucket, or kafka://TOPIC");
      return;
    }
    const auto topic = destination.substr(kKafkaScheme.size());
    if (const auto problem = check_topic(topic)) {
      add(kDestination, is, *problem);
    } else if (!request_.topics.empty() && topic == request_.topics.front()) {
      add(kDestination, is + ", the topic that the mapping reads",
          "its failed records would come again for ever: name another topic");
    }
  }

  void pollers() {
    const auto min = request_.minimum_pollers.value_or(ProvisionedPollers().minimum);
    const auto& max = request_.maximum_pollers;
    if (max && *max < min && *max >= 1)
      add("ProvisionedPollerConfig.MaximumPollers", "is " + std::to_string(*max),
          "it must not be less than MinimumPollers");
  }

  void foreign() {
    for (const auto& parameter : request_.foreign_parameters)
      add(parameter, "is not for Kafka", "remove it", unsupported(parameter));
  }

  void refused_by_aws() {
    const auto window_ms = request_.batch_window_ms;
    if (window_ms && *window_ms % 1'000 != 0)
      add("MaximumBatchingWindowInSeconds", "is " + in_seconds(*window_ms),
          "AWS takes whole seconds: round it" + std::string(kOrLenient));
    if (request_.kind == EventSourceKind::SelfManagedKafka && !request_.source_access)
      add("SourceAccessConfigurations", "is missing",
          "say how Lambda reaches the brokers" + std::string(kOrLenient),
          "Required 'sourceAccessConfigurations' parameter is missing.");
    take(check_network_access(request_));
    if (request_.provisioned) return;
    for (const auto& rule : kProvisionedOnly) {
      if (!rule.is_given(request_)) continue;
      add(rule.parameter, std::string(rule.problem),
          "add " + std::string(kPollers) + std::string(kOrLenient), unsupported(rule.parameter));
    }
    take(check_registry_mode(request_));
  }

  const MappingRequest& request_;
  const bool strict_;
  const std::int64_t now_ms_;
  std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> check_mapping(const MappingRequest& request, Strictness strictness,
                                     std::int64_t now_ms) {
  return Checker(request, strictness, now_ms).check();
}

std::optional<Violation> check_triggered_function(const FunctionConfig& function) {
  // docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
  if (function.timeout.count() <= kKafkaTimeoutSecondsMax) return std::nullopt;
  return Violation{"Timeout",
                   "is " + std::to_string(function.timeout.count()) + " seconds",
                   "AWS supports at most 840 seconds for a function that Kafka triggers",
                   {}};
}

std::string describe(const std::string& subject, const Violation& violation) {
  const auto quoted = [](const char* whose, const std::string& text) {
    return text.empty() ? std::string() : " (" + std::string(whose) + ": " + in_quotes(text) + ")";
  };
  return subject + " " + violation.problem + quoted("AWS", violation.aws_message) +
         quoted("SAM", violation.sam_message) + ": " + violation.remedy;
}

}  // namespace emulator
