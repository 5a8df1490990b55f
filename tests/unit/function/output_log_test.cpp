#include "emulator/function/output_log.h"

#include <unistd.h>

#include <string>

#include "emulator/function/platform.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/text_of.h"

using namespace emulator;

namespace {

FunctionConfig a_function() {
  FunctionConfig function;
  function.name = "f";
  return function;
}

}  // namespace

TEST_CASE("output is cut into lines, whatever pieces it comes in") {
  OutputLog log(a_function(), {});
  log.append("one\ntw");
  CHECK(log.tail() == "one\n");
  log.append("o\r\n\nthree");
  CHECK(log.tail() == "one\ntwo\n\n");
  log.add(platform_event::End{"id"});
  log.write();
  CHECK(log.tail() == "one\ntwo\n\nthree\nEND RequestId: id\n");
  log.start_invocation();
  CHECK(log.tail().empty());
}

TEST_CASE("carriage returns inside a message are line ends, as AWS's clients mean them") {
  OutputLog log(a_function(), {});
  log.append("[ERROR] Failed\rTraceback\r  File\r\nnext\n");
  CHECK(log.tail() == "[ERROR] Failed\nTraceback\n  File\nnext\n");
}

TEST_CASE("a line longer than the limit comes in pieces") {
  OutputLog log(a_function(), {});
  log.append(std::string(kLineLimitBytes - 1, 'x'));
  CHECK(log.tail().empty());
  log.append("yz");
  CHECK(log.tail() == std::string(kLogTailBytes - 2, 'x') + "y\n");
  log.append("\n");
  CHECK(log.tail().substr(kLogTailBytes - 3) == "\nz\n");
}

TEST_CASE("the tail keeps the last 4 KiB") {
  OutputLog log(a_function(), {});
  for (int i = 0; i < 10'000; ++i) log.append("0123456789\n");
  CHECK(log.tail().size() == kLogTailBytes);
  CHECK(log.tail().substr(kLogTailBytes - 11) == "0123456789\n");
}

TEST_CASE("a drain takes what is there, does not wait, and sees the end") {
  OutputLog log(a_function(), {});
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

TEST_CASE("every line of a log goes to its file, its recent log and its tail alike") {
  const TemporaryDirectory directory;
  auto function = a_function();
  function.logging = {LogFormat::AsJson, "WARN", "INFO", "/shared"};
  const auto recent = std::make_shared<RecentLog>();
  OutputLog log(function, {directory.path(), recent, LogWords::Lambda});
  CHECK(log.stream_name().find("/f[$LATEST]") != std::string::npos);
  log.add(platform_event::Start{"id", "$LATEST"});
  log.add(platform_event::End{"id"});
  log.write();
  log.append("an unlevelled line\n{\"timestamp\":\"2023-10-27T19:17:45Z\",\"level\":\"ERROR\"}\n");
  const auto text = recent->read(0).text;
  CHECK(log.tail() == text);
  CHECK(text.find("\"type\":\"platform.start\"") != std::string::npos);
  CHECK(text.find("platform.end") == std::string::npos);
  CHECK(text.find("unlevelled") == std::string::npos);
  CHECK(text.find("ERROR") != std::string::npos);
  const auto file = directory.path() / "shared" / (file_name_of(log.stream_name()) + ".log");
  CHECK(text_of(file) == text);
}
