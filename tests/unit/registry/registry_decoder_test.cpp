#include "emulator/registry/registry_decoder.h"

#include <memory>
#include <string>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/fake_schema_source.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using Delivers = DecodeRules::Delivers;
using FailureKind = DecodedRecord::Failure::Kind;
using Result = RecordDecoder::Result;

// Avro's "string": its length, doubled, in front.
const SchemaDefinition kString{SchemaFormat::Avro, "\"string\"", {}};
const std::string kHello = "\x0ahello";
const std::string kGlueId = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63";

std::string framed(const std::string& body, const std::string& id = "7") {
  return make_frame(id, body, Framing::Confluent);
}

struct Rig {
  test::FakeSchemas schemas;
  std::shared_ptr<SchemaCache> cache = std::make_shared<SchemaCache>(schemas.make_source());
  DecodeRules rules{Framing::Confluent, Delivers::Json, true, true};
  std::unique_ptr<RecordDecoder> decoder;

  Record decode(test::RecordText text) {
    if (decoder == nullptr) decoder = make_registry_decoders(cache, rules)([] {});
    Record record = test::make_record(std::move(text));
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (decoder->decode(record) == Result::Waits) {
      CHECK(record.decoded == nullptr);
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("waited in vain");
      std::this_thread::sleep_for(1ms);
    }
    return record;
  }
  Record decode(const std::optional<std::string>& key, const std::optional<std::string>& value) {
    test::RecordText text;
    text.key = key;
    text.value = value;
    return decode(std::move(text));
  }
};

TEST_CASE_METHOD(Rig, "registry decoder: key and value as JSON") {
  schemas.answer("7", kString);
  schemas.answer("8", SchemaDefinition{SchemaFormat::Avro, "\"int\"", {}});
  const Record record = decode(framed("\x54", "8"), framed(kHello));
  CHECK(record.key == "42");
  CHECK(record.value == R"("hello")");
  REQUIRE(record.decoded != nullptr);
  CHECK_FALSE(record.is_undecodable());
  CHECK(record.decoded->key.schema->id == "8");
  CHECK(record.decoded->value.schema->id == "7");
  CHECK(record.decoded->value.schema->data_format == "AVRO");
  CHECK(record.decoded->original_key == framed("\x54", "8"));
}

TEST_CASE_METHOD(Rig, "registry decoder: what the producer wrote, without the frame") {
  rules.delivers = Delivers::Payload;
  rules.decodes_key = false;
  schemas.answer("7", kString);
  const Record record = decode("plain", framed(kHello));
  CHECK(record.key == "plain");
  CHECK(record.value == kHello);
  CHECK(record.decoded->value.json == R"("hello")");
  CHECK(record.decoded->key.schema == nullptr);
}

TEST_CASE_METHOD(Rig, "registry decoder: Glue's frames, compressed or not") {
  rules.framing = Framing::Glue;
  rules.decodes_key = false;
  rules.delivers = GENERATE(Delivers::Json, Delivers::Payload);
  schemas.answer(kGlueId, kString);
  for (const Compression compression : {Compression::None, Compression::Zlib}) {
    const Record record =
        decode(std::nullopt, make_frame(kGlueId, kHello, Framing::Glue, compression));
    CHECK(record.value == (rules.delivers == Delivers::Json ? R"("hello")" : kHello));
    CHECK(record.decoded->value.schema->id == kGlueId);
  }
}

TEST_CASE_METHOD(Rig, "registry decoder: a null key and a tombstone have no schema") {
  const Record record = decode(std::nullopt, std::nullopt);
  CHECK_FALSE(record.is_undecodable());
  CHECK_FALSE(record.key);
  CHECK_FALSE(record.value);
  CHECK(record.decoded->value.schema == nullptr);
}

TEST_CASE_METHOD(Rig, "registry decoder: what cannot be decoded is left as it was") {
  schemas.answer("7", kString);
  schemas.answer("9", MissingSchema{"schema 9 is not there"});
  schemas.answer("10", SchemaDefinition{SchemaFormat::Avro, "{", {}});
  const auto failed = [&](const std::string& value) {
    const Record record = decode(framed(kHello), value);
    REQUIRE(record.is_undecodable());
    CHECK(record.key == framed(kHello));
    CHECK(record.value == value);
    CHECK(record.decoded->key.schema == nullptr);
    return *record.decoded->failure;
  };
  const auto no_frame = failed("{\"id\":1}");
  CHECK(no_frame.kind == FailureKind::Undecodable);
  CHECK(no_frame.text.starts_with("its value: the record begins with byte 123 and not with 0"));
  const auto short_body = failed(framed("\x0ahel"));
  CHECK(short_body.kind == FailureKind::Undecodable);
  CHECK(short_body.text.starts_with("its value: it is not what schema 7 says: "));
  const auto missing = failed(framed(kHello, "9"));
  CHECK(missing.kind == FailureKind::SchemaNotFound);
  CHECK(missing.text == "its value: schema 9 is not there");
  const auto broken = failed(framed(kHello, "10"));
  CHECK(broken.kind == FailureKind::Undecodable);
  CHECK(broken.text.starts_with("its value: schema 10 cannot be used: "));
}

}  // namespace
}  // namespace emulator
