// One Kafka record as the rest of the program sees it: views into memory that the record itself
// keeps alive. A value to move, not to copy. Knows nothing of librdkafka, so that tests make their
// own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

struct RecordHeader {
  std::string_view name;
  std::optional<std::string_view> value;  // nullopt: a null header value
};

// The schema that a key or a value was written with, as the event names it.
struct RecordSchema {
  std::string data_format;  // "AVRO", "PROTOBUF" or "JSON"
  std::string id;           // Confluent's number, or Glue's UUID
};

// What the schemas of a registry made of a record (esm/record_decoder.h).
struct DecodedRecord {
  struct Attribute {
    std::shared_ptr<const RecordSchema> schema;  // null: it was not decoded
    std::string json;                            // what it says
    std::string inflated;                        // of a compressed one that is delivered as it is
  };
  struct Failure {
    enum class Kind { SchemaNotFound, Undecodable };
    Kind kind = Kind::Undecodable;
    std::string text;  // one line, for people
  };
  Attribute key;
  Attribute value;
  std::optional<std::string_view> original_key;
  std::optional<Failure> failure;  // then the record is as it was
};

enum class TimestampType { NoTimestamp, CreateTime, LogAppendTime };

struct Record {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;  // epoch
  TimestampType timestamp_type = TimestampType::CreateTime;
  std::optional<std::string_view> key;    // nullopt: null key; "" is an empty one
  std::optional<std::string_view> value;  // nullopt: tombstone
  std::vector<RecordHeader> headers;      // in order, duplicates kept

  // Keeps the views' memory: a librdkafka message, or a test's strings.
  class Memory {
   public:
    Memory() = default;
    Memory(void* object, void (*release)(void*)) : object_(object), release_(release) {}
    Memory(Memory&& other) noexcept : object_(other.object_), release_(other.release_) {
      other.object_ = nullptr;
    }
    Memory& operator=(Memory&& other) noexcept {
      if (this != &other) {
        reset();
        object_ = other.object_;
        release_ = other.release_;
        other.object_ = nullptr;
      }
      return *this;
    }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory() { reset(); }

   private:
    void reset() {
      if (object_ != nullptr) release_(object_);
      object_ = nullptr;
    }
    void* object_ = nullptr;
    void (*release_)(void*) = nullptr;
  };
  Memory memory;

  std::shared_ptr<const DecodedRecord> decoded{};  // null: the mapping decodes nothing
  bool is_undecodable() const { return decoded != nullptr && decoded->failure.has_value(); }
};

}  // namespace emulator
