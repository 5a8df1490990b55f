// What a program's first bytes say of where it runs.
#include "emulator/function/program_file.h"

#include <string>

#include "emulator/function/jar_file.h"
#include "tests/support/catch.h"
#include "tests/support/zips.h"
#include "tests/unit/function/function_rig.h"

using emulator::look_at_program;

namespace {

// The head of an ELF file of 64 bits for a processor, without segments.
std::string elf(int machine) {
  std::string bytes(64, '\0');
  bytes.replace(0, 6, "\177ELF\2\1");
  bytes[18] = static_cast<char>(machine);
  return bytes;
}

}  // namespace

TEST_CASE("the processor and the loader of an ELF file") {
  const TemporaryDirectory directory;
  CHECK(look_at_program(directory.write("intel", elf(62))).architecture == "x86_64");
  CHECK(look_at_program(directory.write("arm", elf(183))).architecture == "arm64");
  CHECK(look_at_program(directory.write("risc", elf(243 - 256))).architecture == "processor 243");
  const auto own = look_at_program(KLAMBDA_RAW_HANDLER);
  CHECK(own.architecture == emulator::machine_architecture());
  CHECK(std::filesystem::exists(own.interpreter));
  CHECK_FALSE(own.script);
}

TEST_CASE("a broken or short file is of no kind") {
  const TemporaryDirectory directory;
  auto endless = elf(62);
  endless[33] = '\177';  // segments far beyond the end
  endless[56] = '\7';
  for (const auto& bytes : {std::string(), std::string("\177EL"), elf(62).substr(0, 30),
                            std::string("hello"), endless}) {
    CHECK(look_at_program(directory.write("file", bytes)).interpreter.empty());
  }
  CHECK(look_at_program("/no/such/file").architecture.empty());
}

TEST_CASE("a script's interpreter") {
  const TemporaryDirectory directory;
  const auto of = [&](const std::string& text) {
    const auto program = look_at_program(directory.write("script", text));
    CHECK(program.script);
    return program.interpreter;
  };
  CHECK(of("#!/bin/bash\necho") == "/bin/bash");
  CHECK(of("#! /usr/bin/env bash -e\n") == "/usr/bin/env");
  CHECK(of("#!/bin/bash\r\necho\r\n") == "/bin/bash\r");
  CHECK(of("#!/bin/sh") == "/bin/sh");
  CHECK(of("#!\n").empty());
}

TEST_CASE("a jar's entries") {
  const TemporaryDirectory directory;
  const auto jar = directory.write(
      "app.jar",
      emulator::test::make_zip({{"app/Orders.class", "x"}, {"app/deep/Other.class", "y"}}));
  CHECK(emulator::jar_has(jar, "app/Orders.class"));
  CHECK(emulator::jar_has(jar, "app/deep/Other.class"));
  CHECK_FALSE(emulator::jar_has(jar, "app/Order.class"));
  CHECK_FALSE(emulator::jar_has(jar, "pp/Orders.class"));
  CHECK_FALSE(emulator::jar_has(directory.write("no.jar", "PK\5\6"), "a"));
  CHECK_FALSE(emulator::jar_has(
      directory.write("bad.jar", std::string("PK\5\6", 4) + std::string(18, '\377')), "a"));
  CHECK_FALSE(emulator::jar_has("/no/such.jar", "a"));
}
