#include "emulator/catalog/sqlite_store.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <set>
#include <string>

#include "emulator/catalog/functions.h"
#include "emulator/config/model.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

using namespace emulator;
using Documents = std::vector<std::pair<std::string, std::string>>;

namespace {

// store_writer at work in a directory.
class Writer {
 public:
  explicit Writer(const std::filesystem::path& directory) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(pipe[1], STDOUT_FILENO);
      ::close(pipe[0]);
      ::execl(KLAMBDA_STORE_WRITER, KLAMBDA_STORE_WRITER, directory.c_str(),
              static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(pipe[1]);
    lines_ = ::fdopen(pipe[0], "r");
  }
  ~Writer() {
    if (pid_ > 0) kill();
    ::fclose(lines_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // The next change that was acknowledged; -1 when the writer has ended.
  int next() {
    int n = -1;
    return ::fscanf(lines_, "%d", &n) == 1 ? n : -1;
  }
  void kill() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  FILE* lines_ = nullptr;
};

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status = {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string problem_with(const std::filesystem::path& directory) {
  try {
    open_sqlite_store(directory);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

void execute_in(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

}  // namespace

TEST_CASE("documents are there when a directory is opened again") {
  const TemporaryDirectory parent;
  const auto directory = parent.path() / "deep" / "state";
  {
    const auto store = open_sqlite_store(directory.string() + "/");
    CHECK(store->all("function").empty());
    store->write({{"function", "b", "{}"}, {"function", "a", "old"}, {"layer", "a", "layer"}});
    store->write({{"function", "a", std::string("new \0 \xC3\xA4", 8)}, {"layer", "b", "gone"}});
    store->write({{"layer", "b", std::nullopt}, {"layer", "never there", std::nullopt}});
    store->write({});
  }
  const auto store = open_sqlite_store(directory);
  CHECK(store->all("function") == Documents{{"a", std::string("new \0 \xC3\xA4", 8)}, {"b", "{}"}});
  CHECK(store->all("layer") == Documents{{"a", "layer"}});
  CHECK(store->all("mapping").empty());
}

TEST_CASE("nobody else can read a state directory") {
  const TemporaryDirectory parent;
  const auto directory = parent.path() / "state";
  const auto before = ::umask(0);
  const auto store = open_sqlite_store(directory);
  store->write({{"function", "a", "secret"}});
  ::umask(before);
  CHECK(mode_of(directory) == 0700);
  for (const auto& file : std::filesystem::directory_iterator(directory))
    CHECK(mode_of(file.path()) == 0600);
  // One that was made readable, as by a copy, is closed again.
  const auto copy = parent.path() / "copy";
  std::filesystem::create_directory(copy);
  std::ofstream(copy / "state.sqlite").close();
  std::filesystem::permissions(copy / "state.sqlite", std::filesystem::perms(0644));
  open_sqlite_store(copy);
  CHECK(mode_of(copy / "state.sqlite") == 0600);
}

TEST_CASE("after kill -9 every acknowledged change is there, and none by half") {
  const TemporaryDirectory directory;
  for (const int changes : {0, 1, 2, 37, 400}) {
    int acknowledged = 0;
    {
      Writer writer(directory.path());
      while (acknowledged < changes) {
        const int n = writer.next();
        REQUIRE(n >= 0);
        acknowledged = n;
      }
      writer.kill();
      for (int n = 0; (n = writer.next()) >= 0;) acknowledged = n;
    }
    const auto store = open_sqlite_store(directory.path());
    const auto left = store->all("left");
    CHECK(left == store->all("right"));
    // The writer may have been killed between the change and its line.
    const int kept = left.empty() ? 0 : std::stoi(left.at(0).second);
    if (acknowledged > 0) {
      CHECK(kept >= acknowledged);
      CHECK(kept <= acknowledged + 1);
      std::set<int> log;
      for (const auto& [key, text] : store->all("log")) log.insert(std::stoi(key));
      for (int n = std::max(1, kept - 9); n <= kept; ++n) CHECK(log.count(n) == 1);
      CHECK(log.count(kept - 10) == 0);
      CHECK(log.count(kept + 1) == 0);
    }
    store->write({{"left", "n", std::nullopt}, {"right", "n", std::nullopt}});
    for (const auto& [key, text] : store->all("log")) store->write({{"log", key, std::nullopt}});
  }
}

TEST_CASE("a directory that cannot be used is one clear line") {
  const TemporaryDirectory parent;
  SECTION("another klambda uses it") {
    const auto directory = parent.path() / "state";
    Writer writer(directory);
    REQUIRE(writer.next() == 0);
    CHECK(problem_with(directory) == "--state-dir " + directory.string() +
                                         ": another klambda uses it: stop that one, or give this "
                                         "one a directory of its own");
    writer.kill();
    CHECK(problem_with(directory).empty());
  }
  SECTION("a newer klambda wrote it") {
    open_sqlite_store(parent.path());
    execute_in(parent.path() / "state.sqlite", "PRAGMA user_version = 2");
    CHECK(contains(problem_with(parent.path()),
                   "was written by a newer klambda (schema 2, this one reads up to 1)"));
  }
  SECTION("it is no database") {
    parent.write("state.sqlite", std::string(5'000, 'x'));
    const auto problem = problem_with(parent.path());
    CHECK(contains(problem, "state.sqlite is damaged"));
    CHECK(contains(problem, "move it away to begin anew"));
  }
  SECTION("one page of it is damaged") {
    const auto file = parent.path() / "state.sqlite";
    {
      const auto store = open_sqlite_store(parent.path());
      for (int n = 0; n < 100; ++n)
        store->write({{"function", std::to_string(n), std::string(1'000, 'x')}});
    }
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(4096 * 2);
    bytes << std::string(4096, '\xFF');
    bytes.close();
    const auto problem = problem_with(parent.path());
    CHECK(contains(problem, "state.sqlite is damaged"));
    CHECK(contains(problem, "move it away to begin anew"));
  }
  SECTION("it is a file") {
    const auto file = parent.write("state", "");
    CHECK(problem_with(file) ==
          "--state-dir " + file.string() + ": cannot make the directory: File exists");
    CHECK(contains(problem_with(file / "below"), "cannot make the directory: Not a directory"));
  }
}

TEST_CASE("the functions of a state directory are found again") {
  const TemporaryDirectory directory;
  {
    const auto store = open_sqlite_store(directory.path());
    FunctionCatalog catalog(store.get());
    for (const std::string name : {"orders", "gone"}) {
      catalog.change(name, [&](const Function*) {
        Function function;
        function.latest.settings = {{"Handler", "app.handler"},
                                    {"Environment", {{"Variables", {{"A", "1"}}}}}};
        function.latest.config = runnable(name, function.latest);
        return function;
      });
    }
    catalog.change("gone", [](const Function*) { return std::nullopt; });
  }
  const auto store = open_sqlite_store(directory.path());
  FunctionCatalog catalog(store.get());
  catalog.load();
  REQUIRE(catalog.all().size() == 1);
  CHECK(catalog.find("orders")->latest.config.handler == "app.handler");
  store->write({{"function", "broken", "{"}});
  CHECK_THROWS_AS(catalog.load(), std::runtime_error);
}
