#include "emulator/destination/carrier.h"

#include <utility>

namespace emulator {

NotDelivered OneByOneCarrier::deliver(const std::vector<FailureMessage>& messages,
                                      const std::stop_token& stop) {
  NotDelivered result;
  for (std::size_t place = 0; place < messages.size(); ++place) {
    auto problem = deliver_one(messages[place], stop);
    if (!problem) continue;
    if (result.messages.empty()) result.problem = std::move(problem->text);
    result.messages.push_back(place);
  }
  return result;
}

}  // namespace emulator
