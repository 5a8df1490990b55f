// What kind of program a file is, and why the system would not start it: a script whose interpreter
// is not there, an executable for another processor or with another loader. exec() itself says "No
// such file or directory" or "Exec format error" for all of these. Reads the file; any thread.
#pragma once

#include <filesystem>
#include <string>

namespace emulator {

struct ProgramFile {
  // Of an ELF file: "x86_64" and "arm64" as Lambda has them, other processors by their number.
  std::string architecture{};
  std::string interpreter{};  // of a script: the program after "#!"; of an ELF file: its loader
  bool script = false;
};
ProgramFile look_at_program(const std::filesystem::path& path);

// This machine's, in Lambda's words; others as the system names them.
std::string machine_architecture();

// Whether the system starts programs of this other processor all the same (qemu by binfmt_misc).
bool can_emulate(const std::string& architecture);

}  // namespace emulator
