#include "emulator/summary.h"

#include "emulator/config/text.h"

namespace emulator {

std::string summary(const MappingConfig& config, const MappingStatus& status) {
  const Counts& counts = status.counts;
  std::string line = "[" + config.name + "] " + counted(counts.processed, "record") + " of " +
                     config.topic + " processed in " + counted(counts.invocations, "invocation");
  if (counts.invoke_errors > 0) line += ", " + std::to_string(counts.invoke_errors) + " failed";
  if (counts.retries > 0)
    line += ", " + std::to_string(counts.retries) + (counts.retries == 1 ? " retry" : " retries");
  if (counts.throttles > 0) line += ", " + std::to_string(counts.throttles) + " throttled";
  if (counts.filtered_out > 0)
    line += "; " + counted(counts.filtered_out, "record") + " filtered out";
  if (counts.delivered > 0)
    line += "; " + counted(counts.delivered, "record") + " given up to " +
            config.on_failure_destination;
  if (counts.dropped > 0) line += "; " + counted(counts.dropped, "record") + " dropped";
  line += status.drained ? ": drained and committed" : ": NOT drained";
  return line;
}

}  // namespace emulator
