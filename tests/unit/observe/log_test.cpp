#include "emulator/observe/log.h"

#include "emulator/config/model.h"
#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("an unknown log level is an error, not silence") {
  CHECK_THROWS_AS(log::initialise("verbose", log::Colour::Never), ConfigError);
  log::initialise("error", log::Colour::Never);
  CHECK(spdlog::default_logger()->level() == spdlog::level::err);
}
