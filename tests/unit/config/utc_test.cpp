#include "emulator/config/utc.h"

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("utc: milliseconds stay, before 1970 too") {
  CHECK(iso_time(1'573'691'886'021) == "2019-11-14T00:38:06.021Z");
  CHECK(iso_time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(iso_time(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(utc_text(1'573'691'886'999, "%Y/%m/%d %H.%M.%S") == "2019/11/14 00.38.06");
}
