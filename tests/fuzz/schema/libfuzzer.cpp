// libFuzzer's way in, built with Clang only (README.md): KLAMBDA_FUZZ_TARGET names the target.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/schema/targets.h"

namespace {

void (*run)(std::string_view) = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  const char* name = std::getenv("KLAMBDA_FUZZ_TARGET");
  for (const auto& target : emulator::fuzz::schema_targets()) {
    if (name != nullptr && target.name == name) run = target.run;
  }
  if (run == nullptr) {
    std::fputs("KLAMBDA_FUZZ_TARGET must name a folder of tests/fuzz/schema/corpus\n", stderr);
    std::exit(2);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  run({reinterpret_cast<const char*>(data), size});
  return 0;
}
