// A record as patterns see it: {topic, partition, offset, timestamp, timestampType, key, value,
// headers}, key and value decoded, and of all that the values of the fields that some pattern looks
// at. One of these serves one record after another, and keeps its memory; one thread.
//
// Only `value` is documented as filterable today (kafka-filtering.html); key and metadata are an
// inference from what that page said in 2023. `headers` looks as in the event, an array of objects
// with one member each, name → array of signed bytes, which is an inference too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "emulator/esm/filter_fields.h"
#include "emulator/esm/filter_matcher.h"
#include "emulator/esm/filter_pattern.h"
#include "emulator/kafka/record.h"

namespace emulator {

// Deeper JSON counts as plain text (simdjson's own limit; AWS's parser has one of about 1000).
inline constexpr std::size_t kJsonDepthMax = 1'024;

class FilterRecord {
 public:
  FilterRecord();
  ~FilterRecord();

  // An object or array inside an array. Scalars of an array belong to what the array belongs to.
  using Element = std::uint32_t;
  static constexpr Element kNoElement = 0;

  struct Value {
    FilterScalar scalar;
    Element element = kNoElement;  // the innermost one that it is in
  };

  // Views into `record` stay until the next load().
  void load(const Record& record, const FieldTree& fields);
  const std::vector<Value>& values(std::size_t field) const { return values_[field]; }
  // nullopt: key or value is absent or no UTF-8, and patterns of either form are ignored.
  std::optional<DataForm> form(RecordPart part) const;
  // Not in different elements of one array.
  bool consistent(Element a, Element b) const;

 private:
  class Json;  // a parsed key or value: all that knows the parser
  struct ElementOf {
    Element outer;
    std::uint32_t array;
    std::uint32_t depth;
  };

  void add(const FieldTree::Node* node, const FilterScalar& scalar, Element element);
  void add_headers(const std::vector<RecordHeader>& headers, const FieldTree::Node* node);
  std::optional<DataForm> load_data(std::optional<std::string_view> data,
                                    const FieldTree::Node* node, std::unique_ptr<Json>& json);
  Element add_element(Element outer, std::uint32_t array);

  std::vector<std::vector<Value>> values_;  // by field
  std::vector<std::size_t> touched_;        // fields that have values
  std::vector<ElementOf> elements_;         // [0] is kNoElement
  std::uint32_t arrays_ = 0;
  std::optional<DataForm> key_form_, value_form_;
  std::unique_ptr<Json> key_, value_;
};

}  // namespace emulator
