// LoggingConfig of a template's functions.
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/config/template_support.h"

using namespace emulator;

namespace {

LoggingConfig logging_of(const std::string& lines) {
  const auto application = read(function_with(lines));
  CHECK(application.warnings.empty());
  return application.functions.at(0).logging;
}

}  // namespace

TEST_CASE("a function's LoggingConfig is read") {
  const auto none = logging_of("");
  CHECK(none.format == LogFormat::AsText);
  CHECK(none.group.empty());
  const auto json = logging_of("LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: TRACE}");
  CHECK(json.format == LogFormat::AsJson);
  CHECK(json.application_level == "TRACE");
  CHECK(json.system_level == "INFO");
  const auto group = logging_of("LoggingConfig: {LogGroup: /my/group, LogFormat: Text}");
  CHECK(group.format == LogFormat::AsText);
  CHECK(group.group == "/my/group");
}

TEST_CASE("mistakes in a LoggingConfig") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"{LogFormat: json}", "LogFormat of LoggingConfig of F is \"json\": it must be Text or JSON"},
      {"{LogFormat: JSON, SystemLogLevel: ERROR}",
       "SystemLogLevel of LoggingConfig of F is \"ERROR\": it must be one of DEBUG, INFO, WARN"},
      {"{LogFormat: JSON, ApplicationLogLevel: WARNING}",
       "ApplicationLogLevel of LoggingConfig of F is \"WARNING\": it must be one of TRACE, DEBUG, "
       "INFO, WARN, ERROR, FATAL"},
      {"{ApplicationLogLevel: INFO}",
       "ApplicationLogLevel of LoggingConfig of F counts with LogFormat: JSON only; AWS refuses it "
       "with Text"},
      {"{LogGroup: 'a b'}",
       "LogGroup of LoggingConfig of F is \"a b\": it must be 1 to 512 letters, digits or . - _ / "
       "#"},
  };
  for (const auto& [config, what] : table) {
    CAPTURE(config);
    CHECK(mistake(function_with("LoggingConfig: " + config)) == "t.yaml:14: " + what);
  }
}
