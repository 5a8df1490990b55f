#include "emulator/function/directory_watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

using namespace emulator;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// A watch that counts what it tells.
class Counted {
 public:
  explicit Counted(DirectoryWatch::Method method)
      : watch([this](const fs::path& directory) { count(directory); },
              {.quiet = 20ms, .poll = 20ms, .method = method}) {}

  // What was told since the last call, after at least one was. Fails after ten seconds.
  int next() {
    std::unique_lock lock(mutex_);
    REQUIRE(told_.wait_for(lock, 10s, [this] { return times_ > 0; }));
    return std::exchange(times_, 0);
  }
  int times() {
    const std::lock_guard lock(mutex_);
    return times_;
  }
  fs::path last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  void count(const fs::path& directory) {
    const std::lock_guard lock(mutex_);
    ++times_;
    last_ = directory;
    told_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable told_;
  int times_ = 0;
  fs::path last_;

 public:
  DirectoryWatch watch;  // last: it calls count()
};

class StandardErrorTo {
 public:
  explicit StandardErrorTo(const fs::path& file) : before_(::dup(STDERR_FILENO)) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    ::dup2(fd, STDERR_FILENO);
    ::close(fd);
  }
  ~StandardErrorTo() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }
  StandardErrorTo(const StandardErrorTo&) = delete;
  StandardErrorTo& operator=(const StandardErrorTo&) = delete;

 private:
  const int before_;
};

}  // namespace

TEST_CASE("directory watch: what people and tools do to files is told") {
  const auto method = GENERATE(DirectoryWatch::Method::System, DirectoryWatch::Method::Poll);
  const TemporaryDirectory directory;
  const auto& root = directory.path();
  directory.write("app.py", "1");
  directory.write("lib/a.py", "1");
  Counted counted(method);
  counted.watch.watch(root);
  directory.write("app.py", "22");
  CHECK(counted.next() >= 1);
  CHECK(counted.last() == root);
  directory.write("lib/a.py", "333");
  CHECK(counted.next() >= 1);
  directory.write("lib/new.py", "1");
  CHECK(counted.next() >= 1);
  // As editors save: a new file in the place of the old one.
  directory.write("lib/.a.py.swp", "4444");
  fs::rename(root / "lib" / ".a.py.swp", root / "lib" / "a.py");
  CHECK(counted.next() >= 1);
  fs::remove(root / "lib" / "new.py");
  CHECK(counted.next() >= 1);
  fs::create_directories(root / "deep" / "er");
  CHECK(counted.next() >= 1);
  directory.write("deep/er/b.py", "1");
  CHECK(counted.next() >= 1);
  fs::rename(root / "deep", root / "moved");
  CHECK(counted.next() >= 1);
  directory.write("moved/er/b.py", "22");
  CHECK(counted.next() >= 1);
  fs::create_symlink("app.py", root / "link.py");
  CHECK(counted.next() >= 1);
  fs::remove_all(root / "moved");
  CHECK(counted.next() >= 1);
}

TEST_CASE("directory watch: what klambda writes itself is not told") {
  const auto method = GENERATE(DirectoryWatch::Method::System, DirectoryWatch::Method::Poll);
  const TemporaryDirectory directory;
  const StandardErrorTo redirected(directory.write("klambda.log", ""));
  Counted counted(method);
  counted.watch.watch(directory.path());
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, "a line\n", 7);
  std::this_thread::sleep_for(200ms);  // as long as anything else would have been told in
  CHECK(counted.times() == 0);
  directory.write("app.py", "1");
  CHECK(counted.next() >= 1);
}

TEST_CASE("directory watch: what tools write beside the code is not told") {
  const auto method = GENERATE(DirectoryWatch::Method::System, DirectoryWatch::Method::Poll);
  const TemporaryDirectory directory;
  directory.write("app.py", "1");
  fs::create_directories(directory.path() / ".git");
  Counted counted(method);
  counted.watch.watch(directory.path());
  directory.write("__pycache__/app.cpython-311.pyc", "x");
  directory.write(".git/index", "x");
  directory.write(".klambda/destinations/a", "x");
  directory.write(".app.py.swp", "x");
  directory.write("app.py~", "x");
  directory.write("kafka.log", "x");
  // What comes later is told, and nothing but it.
  const TemporaryDirectory other;
  counted.watch.watch(other.path());
  other.write("b", "1");
  counted.next();
  CHECK(counted.last() == other.path());
}

TEST_CASE("directory watch: one that goes and comes is told, too") {
  const auto method = GENERATE(DirectoryWatch::Method::System, DirectoryWatch::Method::Poll);
  const TemporaryDirectory directory;
  const auto root = directory.path() / "build";
  Counted counted(method);
  counted.watch.watch(root);
  directory.write("build/app.py", "1");
  CHECK(counted.next() >= 1);
  directory.write("build/app.py", "22");
  CHECK(counted.next() >= 1);
  fs::remove_all(root);
  CHECK(counted.next() >= 1);
  directory.write("build/app.py", "333");
  CHECK(counted.next() >= 1);
  directory.write("build/app.py", "4444");
  CHECK(counted.next() >= 1);
}

TEST_CASE("directory watch: counted, and many writes are one change") {
  const TemporaryDirectory directory;
  DirectoryWatch::Options options;
  options.quiet = 300ms;
  std::atomic<int> times = 0;
  DirectoryWatch watch([&times](const fs::path&) { ++times; }, options);
  watch.watch(directory.path());
  watch.watch(directory.path());
  watch.unwatch(directory.path());
  for (int i = 0; i < 200; ++i) directory.write("f" + std::to_string(i), "x");
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (times == 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(5ms);
  CHECK(times == 1);
  watch.unwatch(directory.path());
  watch.unwatch(directory.path());  // once too often harms nobody
}

TEST_CASE("directory watch: paths that matter") {
  CHECK(is_watched_path(""));
  CHECK(is_watched_path("app.py"));
  CHECK(is_watched_path("node_modules/left-pad/index.js"));
  CHECK(is_watched_path(".env"));
  CHECK(is_watched_path("a.cache/x"));
  CHECK(is_watched_path("log.py"));
  for (const char* path :
       {"node_modules/.cache/x", ".git/HEAD", "lib/__pycache__/a.pyc", "x/.a.swp", "b~", ".#app.py",
        "#app.py#", "4913", ".klambda/x", "x/kafka.log"}) {
    INFO(path);
    CHECK_FALSE(is_watched_path(path));
  }
}
