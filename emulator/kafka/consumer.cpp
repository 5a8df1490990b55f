#include "emulator/kafka/consumer.h"

#include <utility>

#include "emulator/kafka/group_consumer.h"

namespace emulator {

std::unique_ptr<RecordSource> make_consumer(ConsumerConfig config) {
  return std::make_unique<GroupConsumer>(std::move(config));
}

}  // namespace emulator
