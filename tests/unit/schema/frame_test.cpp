#include "emulator/schema/frame.h"

#include <string>

#include "tests/support/catch.h"

using namespace emulator;
using namespace std::string_literals;

namespace {

constexpr const char* kUuid = "00112233-4455-6677-8899-aabbccddeeff";
const std::string kUuidBytes("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF",
                             16);
// Python: zlib.compress(b"hello hello hello hello")
const std::string kZlib("\x78\x9C\xCB\x48\xCD\xC9\xC9\x57\xC8\x40\x27\x01\x68\x03\x08\xB1", 16);

std::string error_of(const std::string& record, Framing framing) {
  std::string scratch;
  try {
    parse_frame(record, framing, scratch);
  } catch (const FrameError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("frame: Confluent's names the schema by a number of four bytes") {
  const std::string record = "\x00\x00\x01\x02\x03payload"s;
  std::string scratch;
  const Frame frame = parse_frame(record, Framing::Confluent, scratch);
  CHECK(frame.schema_id == "66051");
  CHECK(frame.body == "payload");
  CHECK(frame.body.data() == record.data() + 5);
  CHECK(make_frame("66051", "payload", Framing::Confluent) == record);

  const std::string largest = "\x00\xFF\xFF\xFF\xFF"s;
  CHECK(parse_frame(largest, Framing::Confluent, scratch).schema_id == "4294967295");
  CHECK(parse_frame(largest, Framing::Confluent, scratch).body.empty());
  CHECK(make_frame("4294967295", "", Framing::Confluent) == largest);
}

TEST_CASE("frame: Glue's names the schema version by a UUID") {
  const std::string record = "\x03\x00"s + kUuidBytes + "payload";
  std::string scratch = "untouched";
  const Frame frame = parse_frame(record, Framing::Glue, scratch);
  CHECK(frame.schema_id == kUuid);
  CHECK(frame.body == "payload");
  CHECK(scratch == "untouched");
  CHECK(make_frame(kUuid, "payload", Framing::Glue) == record);
  CHECK(make_frame("00112233-4455-6677-8899-AABBCCDDEEFF", "payload", Framing::Glue) == record);
}

TEST_CASE("frame: a Glue body may be compressed with zlib") {
  std::string scratch;
  CHECK(parse_frame("\x03\x05"s + kUuidBytes + kZlib, Framing::Glue, scratch).body ==
        "hello hello hello hello");
  for (const std::string& body : {""s, "short"s, std::string(200'000, 'x')}) {
    const std::string record = make_frame(kUuid, body, Framing::Glue, Compression::Zlib);
    CHECK(record.substr(0, 2) == "\x03\x05"s);
    CHECK(parse_frame(record, Framing::Glue, scratch).body == body);
  }
}

TEST_CASE("frame: a body that would become too long is not decompressed to its end") {
  const std::string bomb = make_frame(kUuid, std::string(kFrameBodyBytesMax + 1, '\0'),
                                      Framing::Glue, Compression::Zlib);
  CHECK(bomb.size() < 100'000);
  CHECK(error_of(bomb, Framing::Glue) == "the body is longer than 32 MiB once it is decompressed");
}

TEST_CASE("frame: what is none is said to be none, at every length") {
  const std::string confluent = "\x00\x00\x00\x00\x01"s;
  for (std::size_t size = 0; size < confluent.size(); ++size)
    CHECK(error_of(confluent.substr(0, size), Framing::Confluent) ==
          "the record has " + std::to_string(size) +
              " bytes, too few for a schema id: it was not written by a serializer of Confluent's "
              "registry");
  CHECK(error_of("{\"a\":1}", Framing::Confluent) ==
        "the record begins with byte 123 and not with 0: it was not written by a serializer of "
        "Confluent's registry");

  const std::string glue = "\x03\x05"s + kUuidBytes + kZlib;
  for (std::size_t size = 0; size < glue.size(); ++size) {
    CAPTURE(size);
    const std::string error = error_of(glue.substr(0, size), Framing::Glue);
    CHECK(error.find(size < 18 ? "too few for a schema version's id" : "cut short") !=
          std::string::npos);
  }
  CHECK(error_of("\x00\x00"s + kUuidBytes, Framing::Glue).find("begins with byte 0") !=
        std::string::npos);
  CHECK(error_of("\x03\x01"s + kUuidBytes, Framing::Glue) ==
        "the record's compression byte is 1, neither 0 (none) nor 5 (zlib)");
  CHECK(error_of("\x03\x05"s + kUuidBytes + "not zlib", Framing::Glue) ==
        "the body is not compressed with zlib");
  CHECK(error_of(glue + "x", Framing::Glue) == "bytes follow the compressed body");
}

TEST_CASE("frame: ids that are none make no frame") {
  for (const char* id : {"", "-1", "1x", " 1", "4294967296", kUuid})
    CHECK_THROWS_AS(make_frame(id, "", Framing::Confluent), FrameError);
  for (const char* id :
       {"", "1", "00112233-4455-6677-8899-aabbccddeefg", "00112233x4455-6677-8899-aabbccddeeff",
        "00112233-4455-6677-8899-aabbccddeeff0"})
    CHECK_THROWS_AS(make_frame(id, "", Framing::Glue), FrameError);
  CHECK_THROWS_AS(make_frame("1", "", Framing::Confluent, Compression::Zlib), FrameError);
}
