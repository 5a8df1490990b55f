#include "emulator/package/base64.h"

#include <openssl/evp.h>

#include <cstddef>

namespace emulator {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1,
                   '\0');  // EVP_EncodeBlock writes a NUL behind the text
  const int length =
      EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int length =
      EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  // EVP_DecodeBlock counts the padding as bytes.
  const auto padding = text.ends_with("==") ? 2u : text.ends_with("=") ? 1u : 0u;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

}  // namespace emulator
