#include "emulator/function/process_group.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulator/function/debugger.h"
#include "tests/support/catch.h"

using namespace emulator;

namespace {

// A child in a group of its own that waits to be killed.
class Child {
 public:
  Child() : pid_(::fork()) {
    if (pid_ == 0) {
      ::setpgid(0, 0);
      for (;;) ::pause();
    }
    ::setpgid(pid_, pid_);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  pid_t pid() const { return pid_; }

 private:
  const pid_t pid_;
};

}  // namespace

TEST_CASE("the group of a process is read behind its name") {
  CHECK(group_in_stat("17 (a name) S 1 16 15 0") == 16);
  CHECK(group_in_stat("17 (odd) (name) S 1 16 15 0") == 16);
  CHECK(group_in_stat("") == 0);
}

#ifdef __linux__

TEST_CASE("the memory of a group is that of its processes") {
  const Child child;
  CHECK(group_memory_kb(child.pid()) > 0);
  CHECK(has_children(::getpid()));
  CHECK_FALSE(has_children(child.pid()));
  CHECK(group_memory_kb(999'999'999) == 0);
}

TEST_CASE("a stopped process stands still, one that runs does not") {
  const Child child;
  DebuggerWatch watch(child.pid());
  CHECK_FALSE(watch.stands_still());
  CHECK_FALSE(watch.stands_still());
  ::kill(child.pid(), SIGSTOP);
  ::waitpid(child.pid(), nullptr, WUNTRACED);
  CHECK(watch.stands_still());
  ::kill(child.pid(), SIGCONT);
  ::waitpid(child.pid(), nullptr, WCONTINUED);
  CHECK_FALSE(watch.stands_still());
}

#endif
