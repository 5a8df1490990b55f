#include "emulator/function/environment_tmp.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

using namespace emulator;
namespace fs = std::filesystem;

namespace {

// Where temporary directories are made meanwhile.
class TemporaryPlace {
 public:
  explicit TemporaryPlace(const fs::path& place) {
    REQUIRE(::setenv("TMPDIR", place.c_str(), 1) == 0);
  }
  ~TemporaryPlace() { ::unsetenv("TMPDIR"); }
};

}  // namespace

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
    EnvironmentTmps::remove(second);
    CHECK_FALSE(fs::exists(second));
    tmps.keep_for_next(kept);
  }
  CHECK_FALSE(fs::exists(kept));
}

TEST_CASE("what a killed klambda has left is swept, and nothing of one that runs") {
  const TemporaryDirectory place;
  const TemporaryPlace temporary(place.path());
  const auto homes = [&place] {
    std::vector<fs::path> found;
    for (const auto& each : fs::directory_iterator(place.path())) found.push_back(each.path());
    return found;
  };
  CHECK(sweep_environment_tmps() == 0);
  const pid_t killed = ::fork();
  if (killed == 0) {
    static EnvironmentTmps tmps;  // never destroyed
    const auto directory = tmps.take();
    std::ofstream(directory / "file") << "x";
    fs::create_directory(directory / "closed");
    fs::permissions(directory / "closed", fs::perms::none);
    ::kill(::getpid(), SIGKILL);
  }
  REQUIRE(::waitpid(killed, nullptr, 0) == killed);
  REQUIRE(homes().size() == 1);

  EnvironmentTmps alive;
  const auto used = alive.take();
  fs::create_directory(place.path() / "klambda-tmp-nolock");
  place.write("klambda-tmp-file", "no directory");
  fs::create_directory_symlink(place.path() / "klambda-tmp-nolock", place.path() / "klambda-tmp-l");
  place.write("somebody-else/lock", "");
  CHECK(sweep_environment_tmps() == 1);
  CHECK(sweep_environment_tmps() == 0);
  CHECK(fs::is_directory(used));
  CHECK(homes().size() == 5);
}

TEST_CASE("a directory that its function has closed goes all the same") {
  EnvironmentTmps tmps;
  const auto directory = tmps.take();
  fs::create_directories(directory / "closed" / "more");
  std::ofstream(directory / "closed" / "more" / "file") << "x";
  fs::permissions(directory / "closed", fs::perms::none);
  EnvironmentTmps::remove(directory);
  CHECK_FALSE(fs::exists(directory));
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
