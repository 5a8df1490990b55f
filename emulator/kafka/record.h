// One Kafka record as the rest of the program sees it: views into memory that the record itself
// keeps alive. A value to move, not to copy. Knows nothing of librdkafka, so that tests make their
// own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace emulator {

struct RecordHeader {
  std::string_view name;
  std::optional<std::string_view> value;  // nullopt: a null header value
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
};

}  // namespace emulator
