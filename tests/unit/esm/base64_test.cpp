#include "emulator/esm/base64.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace emulator {
namespace {

using Encoder = void (*)(std::string_view, char*);

std::string encode(Encoder encoder, std::string_view data) {
  std::string text(base64_size(data.size()), '?');
  encoder(data, text.data());
  return text;
}

TEST_CASE("base64: the examples of RFC 4648, section 10") {
  const std::vector<std::pair<std::string, std::string>> examples{{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"}};
  for (const auto& [data, text] : examples) {
    CHECK(encode(base64_encode, data) == text);
    CHECK(encode(base64_encode_portable, data) == text);
  }
}

// One bit after the other, so slow and so simple that it cannot be wrong.
std::string encode_bitwise(std::string_view data) {
  static const std::string alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (char c : data) {
    for (int bit = 7; bit >= 0; --bit)
      bits += (static_cast<unsigned char>(c) >> bit & 1) != 0 ? '1' : '0';
  }
  while (bits.size() % 6 != 0) bits += '0';
  std::string text;
  for (std::size_t i = 0; i < bits.size(); i += 6)
    text += alphabet[std::stoul(bits.substr(i, 6), nullptr, 2)];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

TEST_CASE("base64: every length around the vector width, every byte value") {
  std::mt19937 random(7);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string data;
    for (std::size_t i = 0; i < size; ++i) data += static_cast<char>(random() & 0xffU);
    REQUIRE(encode(base64_encode, data) == encode_bitwise(data));
    REQUIRE(encode(base64_encode_portable, data) == encode_bitwise(data));
  }
  std::string all;
  for (unsigned i = 0; i < 768; ++i) all += static_cast<char>(i & 0xffU);
  CHECK(encode(base64_encode, all) == encode_bitwise(all));
}

}  // namespace
}  // namespace emulator
