// LoggingConfig of a function (docs monitoring-cloudwatchlogs-advanced.html,
// API_LoggingConfig.html).
#include <algorithm>
#include <array>
#include <cctype>

#include "emulator/config/sam.h"
#include "emulator/config/text.h"

namespace emulator::sam {
namespace {

constexpr std::size_t kLogGroupCharactersMax = 512;

constexpr std::array kLogging = std::to_array<Property>({
    {"LogFormat"},
    {"ApplicationLogLevel"},
    {"SystemLogLevel"},
    {"LogGroup"},
});

bool is_log_group(const std::string& name) {
  return !name.empty() && name.size() <= kLogGroupCharactersMax &&
         std::all_of(name.begin(), name.end(), [](unsigned char each) {
           return std::isalnum(each) != 0 ||
                  std::string_view(".-_/#").find(static_cast<char>(each)) != std::string_view::npos;
         });
}

template <std::size_t N>
void read_level(const Section& section, std::string_view name,
                const std::array<std::string_view, N>& known, std::string& level) {
  const auto given = section.text(name);
  if (!given) return;
  if (!is_one_of(known, *given)) {
    section.fail(name, "is \"" + *given + "\": it must be one of " +
                           join({known.begin(), known.end()}, ", "));
  }
  level = *given;
}

void read_config(const Section& section, LoggingConfig& logging) {
  constexpr std::array<std::string_view, 6> kApplicationLevels{"TRACE", "DEBUG", "INFO",
                                                               "WARN",  "ERROR", "FATAL"};
  constexpr std::array<std::string_view, 3> kSystemLevels{"DEBUG", "INFO", "WARN"};
  const bool only_json = logging.format == LogFormat::AsJson;
  const auto format = section.text("LogFormat").value_or(only_json ? "JSON" : "Text");
  if (format != "Text" && format != "JSON")
    section.fail("LogFormat", "is \"" + format + "\": it must be Text or JSON");
  if (only_json && format == "Text")
    section.fail("LogFormat", "is Text: a function with CapacityProviderConfig logs in JSON only");
  logging.format = format == "JSON" ? LogFormat::AsJson : LogFormat::AsText;
  read_level(section, "ApplicationLogLevel", kApplicationLevels, logging.application_level);
  read_level(section, "SystemLogLevel", kSystemLevels, logging.system_level);
  for (const auto* level : {"ApplicationLogLevel", "SystemLogLevel"}) {
    if (logging.format == LogFormat::AsText && section.has(level))
      section.fail(level, "counts with LogFormat: JSON only; AWS refuses it with Text");
  }
  if (const auto group = section.text("LogGroup")) {
    if (!is_log_group(*group)) {
      section.fail("LogGroup",
                   "is \"" + *group + "\": it must be 1 to 512 letters, digits or . - _ / #");
    }
    logging.group = *group;
  }
}

}  // namespace

LoggingConfig read_logging(const Section& function, LogFormat without_one) {
  LoggingConfig logging;
  logging.format = without_one;
  function.within("LoggingConfig", kLogging,
                  [&](const Section& section) { read_config(section, logging); });
  return logging;
}

}  // namespace emulator::sam
