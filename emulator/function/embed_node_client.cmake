# Writes OUTPUT, a C++ file that holds the bytes and the hash of INPUT (declared in runtime_node.cpp).
file(READ "${INPUT}" hex HEX)
file(SHA256 "${INPUT}" hash)
string(SUBSTRING "${hash}" 0 16 hash)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE "${OUTPUT}" "#include \"emulator/function/node_client.h\"

#include <cstddef>

namespace emulator {
namespace {

constexpr unsigned char kBytes[] = {${bytes}};

}  // namespace

std::string_view node_client_text() { return {reinterpret_cast<const char*>(kBytes), sizeof kBytes}; }

std::string_view node_client_hash() { return \"${hash}\"; }

}  // namespace emulator
")
