#include "emulator/function/output_log.h"

#include <unistd.h>

#include <string>

#include "emulator/function/platform.h"
#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("output is cut into lines, whatever pieces it comes in") {
  OutputLog log("f");
  log.append("one\ntw");
  CHECK(log.tail() == "one\n");
  log.append("o\r\n\nthree");
  CHECK(log.tail() == "one\ntwo\n\n");
  log.lines({"END"});
  CHECK(log.tail() == "one\ntwo\n\nthree\nEND\n");
  log.start_invocation();
  CHECK(log.tail().empty());
}

TEST_CASE("carriage returns inside a message are line ends, as AWS's clients mean them") {
  OutputLog log("f");
  log.append("[ERROR] Failed\rTraceback\r  File\r\nnext\n");
  CHECK(log.tail() == "[ERROR] Failed\nTraceback\n  File\nnext\n");
}

TEST_CASE("a line longer than the limit comes in pieces") {
  OutputLog log("f");
  log.append(std::string(kLineLimitBytes - 1, 'x'));
  CHECK(log.tail().empty());
  log.append("yz");
  CHECK(log.tail() == std::string(kLogTailBytes - 2, 'x') + "y\n");
  log.append("\n");
  CHECK(log.tail().substr(kLogTailBytes - 3) == "\nz\n");
}

TEST_CASE("the tail keeps the last 4 KiB") {
  OutputLog log("f");
  for (int i = 0; i < 10'000; ++i) log.append("0123456789\n");
  CHECK(log.tail().size() == kLogTailBytes);
  CHECK(log.tail().substr(kLogTailBytes - 11) == "0123456789\n");
}

TEST_CASE("a drain takes what is there, does not wait, and sees the end") {
  OutputLog log("f");
  auto pipe = platform::make_pipe();
  platform::set_nonblocking(pipe.read.get());
  CHECK(log.drain(pipe.read.get()));
  const std::string text(60'000, 'a');
  REQUIRE(::write(pipe.write.get(), text.data(), text.size()) == 60'000);
  REQUIRE(::write(pipe.write.get(), "\nlast\n", 6) == 6);
  CHECK(log.drain(pipe.read.get()));
  CHECK(log.tail().substr(kLogTailBytes - 5) == "last\n");
  pipe.write = platform::Fd();
  CHECK_FALSE(log.drain(pipe.read.get()));
}
