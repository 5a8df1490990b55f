#include "emulator/function/python_bytecode.h"

#include <chrono>
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_CASE("compiled modules that an edit may have made wrong are removed, others are kept") {
  const TemporaryDirectory directory;
  const auto now = fs::file_time_type::clock::now();
  const auto add = [&](const std::string& name, std::chrono::seconds age) {
    const auto file = directory.write(name, "x");
    fs::last_write_time(file, now - age);
    return file;
  };
  add("app.py", 10s);
  const auto older = add("__pycache__/app.cpython-311.pyc", 11s);
  const auto same_second = add("__pycache__/app.cpython-312.pyc", 10s);
  const auto settled = add("__pycache__/app.cpython-313.pyc", 7s);
  add("lib/deep.py", 10s);
  const auto optimised = add("lib/__pycache__/deep.cpython-311.opt-1.pyc", 9s);
  const auto without_source = add("lib/__pycache__/gone.cpython-311.pyc", 20s);
  const auto shipped_alone = add("lib/deep.pyc", 20s);

  emulator::remove_doubtful_bytecode(directory.path());

  for (const auto& removed : {older, same_second, optimised}) CHECK_FALSE(fs::exists(removed));
  for (const auto& kept : {settled, without_source, shipped_alone}) CHECK(fs::exists(kept));
  CHECK_NOTHROW(emulator::remove_doubtful_bytecode(directory.path() / "none"));
}
