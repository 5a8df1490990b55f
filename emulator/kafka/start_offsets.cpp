#include "emulator/kafka/start_offsets.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <ctime>

namespace emulator {
namespace {

using Clock = std::chrono::steady_clock;

// 1767225600000 -> "2026-01-01T00:00:00Z"; milliseconds only where there are some.
std::string utc_text(std::int64_t timestamp_ms) {
  const std::time_t seconds = static_cast<std::time_t>(timestamp_ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string result(text.data(), length);
  if (const auto rest_ms = static_cast<int>(timestamp_ms % 1000); rest_ms != 0) {
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03d", rest_ms);
    result += fraction.data();
  }
  return result + "Z";
}

std::string rule_text(const StartRule& rule) {
  switch (rule.position) {
    case StartingPosition::TrimHorizon:
      return "TRIM_HORIZON";
    case StartingPosition::Latest:
      return "LATEST";
    case StartingPosition::AtTimestamp:
      return "AT_TIMESTAMP " + utc_text(rule.timestamp_ms);
  }
  return {};
}

int remaining_ms(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 1));
}

ListHandle with_offset(const rd_kafka_topic_partition_list_t& partitions, std::int64_t offset) {
  ListHandle list(rd_kafka_topic_partition_list_copy(&partitions));
  for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = offset;
  return list;
}

rd_kafka_resp_err_t first_error(const rd_kafka_topic_partition_list_t& list) {
  for (int i = 0; i < list.cnt; ++i)
    if (list.elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return list.elems[i].err;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// One request a broker for all partitions. -2 (beginning) and -1 (end) are timestamps of the same
// ListOffsets request.
rd_kafka_resp_err_t look_up_times(rd_kafka_t* client, rd_kafka_topic_partition_list_t& list,
                                  Clock::time_point deadline) {
  const auto error = rd_kafka_offsets_for_times(client, &list, remaining_ms(deadline));
  return error != RD_KAFKA_RESP_ERR_NO_ERROR ? error : first_error(list);
}

}  // namespace

StartOffset decide_start(const PartitionFacts& facts, const StartRule& rule,
                         std::optional<std::int64_t> remembered) {
  const auto in_log = [&](std::int64_t offset) {
    return offset >= facts.low && offset <= facts.high;
  };
  // Committed offsets win over the starting position:
  // docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html
  if (facts.committed && in_log(*facts.committed))
    return {facts.partition, *facts.committed, "committed", std::nullopt};

  StartOffset start{facts.partition, facts.low, rule_text(rule), facts.committed};
  if (!facts.committed && remembered && in_log(*remembered)) {
    start.offset = *remembered;
    return start;
  }
  switch (rule.position) {
    case StartingPosition::TrimHorizon:
      break;
    case StartingPosition::Latest:
      start.offset = facts.high;
      break;
    case StartingPosition::AtTimestamp:
      // Inferences, AWS is silent: nothing that young starts at the end; a committed offset that
      // the log has lost starts at the oldest record.
      if (!facts.committed) start.offset = facts.since_time.value_or(facts.high);
      break;
  }
  return start;
}

std::variant<std::vector<PartitionFacts>, LookupFailure> look_up_partitions(
    rd_kafka_t* client, const rd_kafka_topic_partition_list_t& partitions, const StartRule& rule,
    std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;

  ListHandle committed = with_offset(partitions, RD_KAFKA_OFFSET_INVALID);
  auto error = rd_kafka_committed(client, committed.get(), remaining_ms(deadline));
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = first_error(*committed);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return LookupFailure{error};

  ListHandle low = with_offset(partitions, RD_KAFKA_OFFSET_BEGINNING);
  ListHandle high = with_offset(partitions, RD_KAFKA_OFFSET_END);
  ListHandle times = with_offset(partitions, rule.timestamp_ms);
  for (auto* list : {low.get(), high.get(), times.get()}) {
    if (list == times.get() && rule.position != StartingPosition::AtTimestamp) continue;
    if (error = look_up_times(client, *list, deadline); error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return LookupFailure{error};
  }

  std::vector<PartitionFacts> facts;
  facts.reserve(static_cast<std::size_t>(partitions.cnt));
  for (int i = 0; i < partitions.cnt; ++i) {
    const auto& partition = partitions.elems[i];
    const auto offset_in = [&](const ListHandle& list) {
      const auto* element =
          rd_kafka_topic_partition_list_find(list.get(), partition.topic, partition.partition);
      return element != nullptr ? element->offset : RD_KAFKA_OFFSET_INVALID;
    };
    PartitionFacts& fact = facts.emplace_back();
    fact.partition = partition.partition;
    fact.low = std::max<std::int64_t>(offset_in(low), 0);
    fact.high = std::max(offset_in(high), fact.low);
    if (const auto offset = offset_in(committed); offset >= 0) fact.committed = offset;
    if (const auto offset = offset_in(times);
        offset >= 0 && rule.position == StartingPosition::AtTimestamp)
      fact.since_time = offset;
  }
  return facts;
}

}  // namespace emulator
