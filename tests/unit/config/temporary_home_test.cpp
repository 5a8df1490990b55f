#include "emulator/config/temporary_home.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>
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

TEST_CASE("what a killed klambda has left is swept, and nothing of one that runs") {
  const TemporaryDirectory place;
  const TemporaryPlace temporary(place.path());
  const auto homes = [&place] {
    std::vector<fs::path> found;
    for (const auto& each : fs::directory_iterator(place.path())) found.push_back(each.path());
    return found;
  };
  CHECK(sweep_temporary_homes() == 0);
  const pid_t killed = ::fork();
  if (killed == 0) {
    static TemporaryHome home;  // never destroyed
    std::ofstream(home.path() / "file") << "x";
    fs::create_directory(home.path() / "closed");
    fs::permissions(home.path() / "closed", fs::perms::none);
    ::kill(::getpid(), SIGKILL);
  }
  REQUIRE(::waitpid(killed, nullptr, 0) == killed);
  REQUIRE(homes().size() == 1);

  const TemporaryHome alive;
  fs::create_directory(place.path() / "klambda-tmp-nolock");
  place.write("klambda-tmp-file", "no directory");
  fs::create_directory_symlink(place.path() / "klambda-tmp-nolock", place.path() / "klambda-tmp-l");
  place.write("somebody-else/lock", "");
  CHECK(sweep_temporary_homes() == 1);
  CHECK(sweep_temporary_homes() == 0);
  CHECK(fs::is_directory(alive.path()));
  CHECK(homes().size() == 5);
}

TEST_CASE("a directory that its function has closed goes all the same") {
  std::optional<TemporaryHome> home(std::in_place);
  const fs::path directory = home->path();
  fs::create_directories(directory / "closed" / "more");
  std::ofstream(directory / "closed" / "more" / "file") << "x";
  fs::permissions(directory / "closed", fs::perms::none);
  const TemporaryDirectory elsewhere;
  fs::permissions(elsewhere.path(), fs::perms(0755));
  fs::create_directory_symlink(elsewhere.path(), directory / "link");
  home.reset();
  CHECK(fs::status(elsewhere.path()).permissions() == fs::perms(0755));
  CHECK_FALSE(fs::exists(directory));
}
