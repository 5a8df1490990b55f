// What a function says of single records when FunctionResponseTypes has ReportBatchItemFailures:
// docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html. Read for every batch that
// succeeded, so nothing of a response is kept but what it reports. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/config/model.h"
#include "emulator/esm/batch.h"

namespace emulator {

// The reported offsets of each partition that has any; empty: everything succeeded.
struct ItemFailures {
  std::map<std::int32_t, std::set<std::int64_t>> reported;
  std::string warning;  // one line when a form was accepted that AWS would not; else empty
};
// The whole batch counts as failed.
struct InvalidItemFailures {
  std::string reason;  // one line, names the identifier
};

// AWS takes {"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":100}}]} and
// nothing else. Lenient: also an identifier that is the string "orders-0-100", or whose partition
// is the number 0, alone or with "topic":"orders"; what it means is the same record. An offset that
// is no whole number, as a record that the batch does not have, is invalid either way.
// `batch`: all that the event held.
std::variant<ItemFailures, InvalidItemFailures> read_item_failures(std::string_view response,
                                                                   const Batch& batch,
                                                                   std::string_view topic,
                                                                   Strictness strictness);

}  // namespace emulator
