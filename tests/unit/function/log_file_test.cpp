#include "emulator/function/log_file.h"

#include <fstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/text_of.h"

using namespace emulator;

TEST_CASE("groups and streams become names of files") {
  CHECK(file_name_of("/aws/lambda/orders") == "aws-lambda-orders");
  CHECK(file_name_of("2026/11/27/[$LATEST]4f3c") == "2026-11-27-LATEST-4f3c");
  CHECK(file_name_of("2026/11/27/orders[12]4f3c") == "2026-11-27-orders-12-4f3c");
  CHECK(file_name_of("/../etc/passwd") == "-.-etc-passwd");
  CHECK(file_name_of("#") == "-");
  CHECK(file_name_of("") == "-");
}

TEST_CASE("a stream's file has each line as soon as it is written") {
  const TemporaryDirectory directory;
  LogFile file(directory.path() / "logs", "/aws/lambda/f", "2026/11/27/[$LATEST]1");
  CHECK(file.path() == directory.path() / "logs/aws-lambda-f/2026-11-27-LATEST-1.log");
  CHECK_FALSE(std::filesystem::exists(file.path()));
  file.append("one\ntwo");
  CHECK(text_of(file.path()) == "one\ntwo\n");
  file.append("three");
  CHECK(text_of(file.path()) == "one\ntwo\nthree\n");
}

TEST_CASE("a disk that is full costs lines and nothing else") {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory.path() / "g");
  std::filesystem::create_symlink("/dev/full", directory.path() / "g/full.log");
  LogFile full(directory.path(), "g", "full");
  full.append("lost");
  full.append("lost too");
  std::ofstream(directory.path() / "file") << "no directory";
  LogFile nowhere(directory.path() / "file", "g", "s");
  nowhere.append("lost");
  LogFile good(directory.path(), "g", "good");
  good.append("kept");
  CHECK(text_of(good.path()) == "kept\n");
}
