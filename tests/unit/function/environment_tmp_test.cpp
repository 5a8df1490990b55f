#include "emulator/function/environment_tmp.h"

#include <fstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

using namespace emulator;
namespace fs = std::filesystem;

TEST_CASE("a reset environment's /tmp is there for the next one, and goes with the pool") {
  fs::path kept;
  {
    EnvironmentTmps tmps;
    const auto first = tmps.take();
    const auto second = tmps.take();
    CHECK(first != second);
    CHECK(fs::is_directory(first));
    std::ofstream(first / "cache") << "content";
    tmps.keep_for_next(first);
    kept = tmps.take();
    CHECK(kept == first);
    CHECK(fs::exists(kept / "cache"));
    remove_directory(second);
    CHECK_FALSE(fs::exists(second));
    tmps.keep_for_next(kept);
  }
  CHECK_FALSE(fs::exists(kept));
}

TEST_CASE("what a directory holds is counted by what its files use") {
  const TemporaryDirectory directory;
  directory.write("a", std::string(100'000, 'x'));
  directory.write("below/b", std::string(200'000, 'x'));
  CHECK(bytes_in(directory.path()) >= 300'000);
  CHECK(bytes_in(directory.path()) < 400'000);
  fs::resize_file(directory.write("hole", ""), 1'000'000'000);
  CHECK(bytes_in(directory.path()) < 400'000);
  CHECK(bytes_in(directory.path() / "nowhere") == 0);
}
