// Writes to the store of a directory until it is killed, and says each change that was acknowledged
// as a line "N". Change N puts N under two kinds, keeps a document of its own, and lets that of
// N-10 go, all in one write.
#include <cstdio>
#include <exception>
#include <string>

#include "emulator/catalog/sqlite_store.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const auto store = emulator::open_sqlite_store(argv[1]);
    std::puts("0");
    std::fflush(stdout);
    for (int n = 1;; ++n) {
      const std::string text = std::to_string(n);
      store->write({{"left", "n", text},
                    {"log", text, text + std::string(5'000, ' ')},
                    {"log", std::to_string(n - 10), std::nullopt},
                    {"right", "n", text}});
      std::puts(text.c_str());
      if (std::fflush(stdout) != 0) return 1;
    }
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    return 1;
  }
}
