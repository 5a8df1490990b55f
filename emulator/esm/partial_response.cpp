#include "emulator/esm/partial_response.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "emulator/config/text.h"
#include "emulator/esm/batch_search.h"

namespace emulator {
namespace {

using nlohmann::json;

constexpr std::string_view kFailures = "batchItemFailures";
constexpr std::string_view kIdentifier = "itemIdentifier";
constexpr const char* kNotInBatch = " is not in the batch";

// A value as the parser comes upon it: a scalar, or the start of an object or list.
struct Value {
  enum class Kind { Null, Boolean, WholeNumber, OtherNumber, String, Object, List };
  Kind kind;
  std::int64_t number = 0;
  std::string_view text;

  bool has_inside() const { return kind == Kind::Object || kind == Kind::List; }
};

std::string json_text(std::string_view text) {
  constexpr std::size_t kShownBytesMax = 200;  // keeps a log line a line
  return json(text.substr(0, kShownBytesMax)).dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string name_of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::Null:
      return "null";
    case Value::Kind::Boolean:
      return "a boolean";
    case Value::Kind::WholeNumber:
      return "the number " + std::to_string(value.number);
    case Value::Kind::OtherNumber:
      return "a fraction or too large";
    case Value::Kind::String:
      return "the string " + json_text(value.text);
    case Value::Kind::Object:
      return "an object";
    case Value::Kind::List:
      break;
  }
  return "a list";
}

// Offsets and partitions as they are written: digits alone, no sign, no zero in front.
std::optional<std::int64_t> parse_digits(std::string_view text) {
  const auto number = parse_integer(text);
  if (!number || std::to_string(*number) != text || *number < 0) return std::nullopt;
  return number;
}

bool has_offset(const BatchSlice& slice, std::int64_t offset) {
  const Record* record = first_record_from(slice, offset);
  return record != nullptr && record->offset == offset;
}

// An itemIdentifier's members, as far as they were there.
struct Identifier {
  std::optional<std::string> topic;
  std::optional<std::string> partition;
  std::optional<std::int64_t> partition_number;
  std::optional<std::int64_t> offset;

  std::string text() const {
    std::vector<std::string> members;
    if (topic) members.push_back("\"topic\":" + json_text(*topic));
    if (partition) members.push_back("\"partition\":" + json_text(*partition));
    if (partition_number) members.push_back("\"partition\":" + std::to_string(*partition_number));
    if (offset) members.push_back("\"offset\":" + std::to_string(*offset));
    return "{" + join(members, ",") + "}";
  }
};

// Reads the response as a stream: it may have megabytes of other members, which cost no memory.
// Each function answers whether to read on.
class Reader : public nlohmann::json_sax<json> {
 public:
  Reader(const Batch& batch, std::string_view topic, Strictness strictness)
      : topic_prefix_(std::string(topic) + "-"), strictness_(strictness) {
    for (const BatchSlice& slice : batch.slices) slices_[slice.partition] = &slice;
  }

  std::variant<ItemFailures, InvalidItemFailures> result() {
    if (!reason_.empty()) return InvalidItemFailures{std::move(reason_)};
    return std::move(failures_);
  }

  bool null() override { return value({Value::Kind::Null, 0, {}}); }
  bool boolean(bool) override { return value({Value::Kind::Boolean, 0, {}}); }
  bool number_integer(std::int64_t number) override {
    return value({Value::Kind::WholeNumber, number, {}});
  }
  bool number_unsigned(std::uint64_t number) override {
    if (number > std::numeric_limits<std::int64_t>::max()) return number_float(0, {});
    return value({Value::Kind::WholeNumber, static_cast<std::int64_t>(number), {}});
  }
  bool number_float(double, const std::string&) override {
    return value({Value::Kind::OtherNumber, 0, {}});
  }
  bool string(std::string& text) override { return value({Value::Kind::String, 0, text}); }
  bool binary(json::binary_t&) override { return true; }  // JSON text has none
  bool start_object(std::size_t) override { return value({Value::Kind::Object, 0, {}}); }
  bool start_array(std::size_t) override { return value({Value::Kind::List, 0, {}}); }
  bool key(std::string& name) override {
    if (skipped_levels_ == 0) key_ = name;
    return true;
  }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t byte, const std::string&, const json::exception&) override {
    return refuse("the response is not JSON, as its byte " + std::to_string(byte) + " shows");
  }

 private:
  // What the value that comes next is inside of.
  enum class Place { Nothing, List, Response, Failures, Item, Identifier };

  bool value(const Value& value) {
    if (skipped_levels_ == 0) {
      switch (place_) {
        case Place::Nothing:
          return enter_response(value);
        case Place::List:
          return refuse("the response is a list, not an object");
        case Place::Response:
          if (key_ == kFailures) return enter_failures(value);
          break;
        case Place::Failures:
          if (value.kind != Value::Kind::Object)
            return refuse("an entry of batchItemFailures is " + name_of(value) + ", not an object");
          has_identifier_ = false;
          return enter(Place::Item);
        case Place::Item:
          if (key_ == kIdentifier) return take_identifier(value);
          break;
        case Place::Identifier:
          if (key_ == "topic" || key_ == "partition" || key_ == "offset") return take_member(value);
          break;
      }
    }
    if (value.has_inside()) skipped_levels_ += 1;
    return true;
  }

  bool end() {
    if (skipped_levels_ > 0) {
      skipped_levels_ -= 1;
      return true;
    }
    switch (place_) {
      case Place::Identifier:
        return enter(Place::Item) && accept(identifier_);
      case Place::Item:
        if (!has_identifier_) return refuse("an entry of batchItemFailures has no itemIdentifier");
        return enter(Place::Failures);
      case Place::Failures:
        return enter(Place::Response);
      case Place::Response:
      case Place::List:
      case Place::Nothing:
        break;
    }
    return enter(Place::Nothing);
  }

  // Null, "", [] and {} report nothing (recorded for Kinesis). That other scalars and lists fail is
  // an inference: AWS reads an object.
  bool enter_response(const Value& value) {
    if (value.kind == Value::Kind::Object) return enter(Place::Response);
    if (value.kind == Value::Kind::List) return enter(Place::List);
    if (value.kind == Value::Kind::Null) return true;
    if (value.kind == Value::Kind::String && value.text.empty()) return true;
    return refuse("the response is " + name_of(value) + ", not an object");
  }

  bool enter_failures(const Value& value) {
    if (value.kind == Value::Kind::Null) return true;
    if (value.kind == Value::Kind::List) return enter(Place::Failures);
    return refuse("batchItemFailures is " + name_of(value) + ", not a list");
  }

  bool take_identifier(const Value& value) {
    has_identifier_ = true;
    identifier_ = {};
    if (value.kind == Value::Kind::Object) return enter(Place::Identifier);
    if (value.kind == Value::Kind::String && !value.text.empty()) return accept_flat(value.text);
    return refuse("itemIdentifier is " + name_of(value) + ", not an object");
  }

  // The documentation shows "offset" as a number and "partition" as the key of the event's records;
  // that other types fail the batch is an inference from Kinesis.
  bool take_member(const Value& value) {
    if (key_ == "offset" && value.kind == Value::Kind::WholeNumber) {
      identifier_.offset = value.number;
    } else if (key_ == "partition" && value.kind == Value::Kind::WholeNumber) {
      identifier_.partition_number = value.number;
    } else if (key_ == "partition" && value.kind == Value::Kind::String) {
      identifier_.partition = value.text;
    } else if (key_ == "topic" && value.kind == Value::Kind::String) {
      identifier_.topic = value.text;
    } else if (key_ != "topic") {
      return refuse("itemIdentifier's " + key_ + " is " + name_of(value) + ", not " +
                    (key_ == "offset" ? "a whole number" : "a string"));
    } else if (value.has_inside()) {
      skipped_levels_ += 1;
    }
    return true;
  }

  bool accept(const Identifier& identifier) {
    if (!identifier.offset) return refuse("itemIdentifier " + identifier.text() + " has no offset");
    if (identifier.partition) {
      const auto partition = find_partition(*identifier.partition);
      if (!partition) return refuse(json_text(*identifier.partition) + kNotInBatch);
      return accept(*partition, *identifier.offset);
    }
    if (!identifier.partition_number)
      return refuse("itemIdentifier " + identifier.text() + " has no partition");
    if (identifier.topic && *identifier.topic + "-" != topic_prefix_)
      return refuse(identifier.text() + kNotInBatch);
    return accept_other_form(identifier.text(), *identifier.partition_number, *identifier.offset) &&
           accept(*identifier.partition_number, *identifier.offset);
  }

  // "orders-0-100": a topic may hold dashes too, so numbers are taken off the end.
  bool accept_flat(std::string_view flat) {
    const std::size_t dash = flat.rfind('-');
    const auto partition = find_partition(flat.substr(0, dash));
    const auto offset = parse_digits(flat.substr(dash + 1));  // npos + 1 is 0: no digits either
    if (!partition || !offset)
      return refuse("itemIdentifier is the string " + json_text(flat) + ", not an object");
    return accept_other_form(json_text(flat), *partition, *offset) && accept(*partition, *offset);
  }

  bool accept_other_form(const std::string& text, std::int64_t partition, std::int64_t offset) {
    if (!failures_.warning.empty()) return true;
    std::string difference = "itemIdentifier " + text +
                             " is not the form that AWS takes, {\"partition\":" +
                             json_text(topic_prefix_ + std::to_string(partition)) +
                             ",\"offset\":" + std::to_string(offset) + "}";
    if (strictness_ == Strictness::Strict) return refuse(std::move(difference));
    failures_.warning = std::move(difference) + "; there the whole batch would count as failed";
    return true;
  }

  // An identifier that the event does not have fails the whole batch
  // (kafka-retry-configurations.html).
  bool accept(std::int64_t partition, std::int64_t offset) {
    const auto slice = slices_.find(partition);
    if (slice == slices_.end() || !has_offset(*slice->second, offset)) {
      return refuse(topic_prefix_ + std::to_string(partition) + "@" + std::to_string(offset) +
                    kNotInBatch);
    }
    failures_.reported[slice->second->partition].insert(offset);
    return true;
  }

  // Of a key of the event's records: "orders-0".
  std::optional<std::int64_t> find_partition(std::string_view name) const {
    if (!name.starts_with(topic_prefix_)) return std::nullopt;
    return parse_digits(name.substr(topic_prefix_.size()));
  }

  bool enter(Place place) {
    place_ = place;
    return true;
  }

  bool refuse(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  const std::string topic_prefix_;
  const Strictness strictness_;
  std::map<std::int64_t, const BatchSlice*> slices_;

  Place place_ = Place::Nothing;
  std::size_t skipped_levels_ = 0;  // inside of a member that says nothing of failures
  std::string key_;
  bool has_identifier_ = false;
  Identifier identifier_;
  ItemFailures failures_;
  std::string reason_;
};

}  // namespace

std::variant<ItemFailures, InvalidItemFailures> read_item_failures(std::string_view response,
                                                                   const Batch& batch,
                                                                   std::string_view topic,
                                                                   Strictness strictness) {
  // What most handlers answer most of the time.
  response = trim(response);
  if (response.empty() || response == "null" || response == "{}") return ItemFailures{};

  Reader reader(batch, topic, strictness);
  json::sax_parse(response, &reader);
  return reader.result();
}

}  // namespace emulator
