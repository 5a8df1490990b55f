#include "emulator/function/program_file.h"

#include <sys/utsname.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

namespace emulator {
namespace {

namespace fs = std::filesystem;

// elf(5); only little-endian files of 64 bits, which is what both of Lambda's processors have.
constexpr std::string_view kElfMagic{"\177ELF\2\1", 6};
constexpr std::uint16_t kMachineX86_64 = 62;
constexpr std::uint16_t kMachineArm64 = 183;
constexpr std::uint32_t kInterpreterSegment = 3;  // PT_INTERP
constexpr std::size_t kElfHeaderBytes = 64;
constexpr std::size_t kSegmentBytes = 56;
constexpr std::uint64_t kInterpreterBytesMax = 4096;
constexpr std::size_t kScriptLineMax = 256;  // as far as Linux reads a "#!" line

template <typename Number>
Number number_at(const char* bytes) {
  Number number{};
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

std::string architecture_of(std::uint16_t machine) {
  if (machine == kMachineX86_64) return "x86_64";
  if (machine == kMachineArm64) return "arm64";
  return "processor " + std::to_string(machine);
}

// The loader that the file asks for; empty: it is linked statically.
std::string loader_of(std::ifstream& file, const char* header) {
  const auto offset = number_at<std::uint64_t>(header + 32);
  const auto count = number_at<std::uint16_t>(header + 56);
  for (std::uint16_t index = 0; index < count; ++index) {
    std::array<char, kSegmentBytes> segment{};
    file.seekg(static_cast<std::streamoff>(offset + index * kSegmentBytes));
    if (!file.read(segment.data(), segment.size())) return {};
    if (number_at<std::uint32_t>(segment.data()) != kInterpreterSegment) continue;
    const auto size = number_at<std::uint64_t>(segment.data() + 32);
    if (size == 0 || size > kInterpreterBytesMax) return {};
    std::string loader(size, '\0');
    file.seekg(static_cast<std::streamoff>(number_at<std::uint64_t>(segment.data() + 8)));
    if (!file.read(loader.data(), static_cast<std::streamsize>(size))) return {};
    return loader.c_str();  // up to its NUL
  }
  return {};
}

// "#!/usr/bin/env bash" → "/usr/bin/env"; a carriage return of an editor on Windows stays on it.
std::string script_interpreter(std::string_view start) {
  auto line = start.substr(2, start.find('\n') - 2);
  const auto first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  line.remove_prefix(first);
  return std::string(line.substr(0, line.find_first_of(" \t")));
}

}  // namespace

ProgramFile look_at_program(const fs::path& path) {
  ProgramFile program;
  std::ifstream file(path, std::ios::binary);
  std::array<char, kScriptLineMax> start{};
  file.read(start.data(), start.size());
  const std::string_view head(start.data(), static_cast<std::size_t>(file.gcount()));
  file.clear();
  if (head.starts_with("#!")) {
    program.script = true;
    program.interpreter = script_interpreter(head);
  } else if (head.starts_with(kElfMagic) && head.size() >= kElfHeaderBytes) {
    program.architecture = architecture_of(number_at<std::uint16_t>(head.data() + 18));
    program.interpreter = loader_of(file, head.data());
  }
  return program;
}

std::string machine_architecture() {
  utsname system{};
  ::uname(&system);
  const std::string machine = system.machine;
  return machine == "aarch64" ? "arm64" : machine;
}

bool can_emulate(const std::string& architecture) {
  std::error_code error;
  const std::string name = architecture == "arm64" ? "aarch64" : architecture;
  return fs::exists("/proc/sys/fs/binfmt_misc/qemu-" + name, error);
}

}  // namespace emulator
