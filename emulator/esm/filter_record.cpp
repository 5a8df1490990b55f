#include "emulator/esm/filter_record.h"

#include <simdjson.h>

#include <string>

#include "emulator/esm/kafka_event.h"

namespace emulator {
namespace {

// Buffers that a longer record made larger are given back after it.
constexpr std::size_t kKeptJsonBytes = 1'024 * 1'024;

FilterScalar number_scalar(FilterNumber number) {
  return {ScalarKind::Number, number, {}};
}
FilterScalar string_scalar(std::string_view text) {
  return {ScalarKind::String, {}, text};
}

FilterScalar scalar_of(const simdjson::dom::element& json) {
  using simdjson::dom::element_type;
  switch (json.type()) {
    case element_type::STRING:
      return string_scalar(json.get_string().value_unsafe());
    case element_type::INT64:
      return number_scalar(filter_number(json.get_int64().value_unsafe()));
    case element_type::UINT64:
    case element_type::DOUBLE:
      return number_scalar(filter_number(json.get_double().value_unsafe()));
    case element_type::BOOL:
      return {json.get_bool().value_unsafe() ? ScalarKind::True : ScalarKind::False, {}, {}};
    default:
      return {};
  }
}

// What was decoded is filtered as JSON, whatever the function gets
// (services-consume-kafka-events.html).
std::optional<std::string_view> seen(const Record& record, RecordPart part) {
  const bool is_key = part == RecordPart::Key;
  if (record.decoded != nullptr) {
    const auto& attribute = is_key ? record.decoded->key : record.decoded->value;
    if (attribute.schema != nullptr) return attribute.json;
  }
  return is_key ? record.key : record.value;
}

}  // namespace

// simdjson parses 1 KB in half a microsecond and checks all of it, UTF-8 too. What it does not
// take, klambda sees as text: nesting deeper than kJsonDepthMax, integers above 2^64, 1e400.
class FilterRecord::Json {
 public:
  // False: `text` is no JSON. What was parsed stays until the next parse().
  bool parse(std::string_view text) {
    if (padded_.size() > kKeptJsonBytes && text.size() < kKeptJsonBytes) {
      padded_ = std::string();
      parser_ = simdjson::dom::parser();
    }
    if (padded_.size() < text.size() + simdjson::SIMDJSON_PADDING) {
      padded_.resize(text.size() + simdjson::SIMDJSON_PADDING);
    }
    text.copy(padded_.data(), text.size());
    constexpr bool kAlreadyPadded = false;
    return parser_.parse(padded_.data(), text.size(), kAlreadyPadded).get(root_) ==
           simdjson::SUCCESS;
  }

  void walk(FilterRecord& record, const FieldTree::Node& node) const {
    walk(record, node, root_, kNoElement);
  }

 private:
  // Recursion ends at kJsonDepthMax. A member that a record has twice counts twice, as in
  // aws/event-ruler's reader.
  static void walk(FilterRecord& record, const FieldTree::Node& node,
                   const simdjson::dom::element& json, Element element) {
    using simdjson::dom::element_type;
    if (json.type() == element_type::OBJECT) {
      if (node.steps.empty()) return;
      const simdjson::dom::object members = json.get_object().value_unsafe();
      for (const auto& [name, member] : members) {
        const FieldTree::Node* below = node.below(name);
        if (below != nullptr) walk(record, *below, member, element);
      }
    } else if (json.type() == element_type::ARRAY) {
      // The array has no step of its own in a field's name: what its elements have, the field has.
      const std::uint32_t array = record.arrays_++;
      const simdjson::dom::array elements = json.get_array().value_unsafe();
      for (const simdjson::dom::element each : elements) {
        const bool scalar =
            each.type() != element_type::OBJECT && each.type() != element_type::ARRAY;
        walk(record, node, each, scalar ? element : record.add_element(element, array));
      }
    } else {
      record.add(&node, scalar_of(json), element);
    }
  }

  std::string padded_;
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

FilterRecord::FilterRecord() = default;
FilterRecord::~FilterRecord() = default;

void FilterRecord::load(const Record& record, const FieldTree& fields) {
  for (const std::size_t field : touched_) values_[field].clear();
  touched_.clear();
  values_.resize(fields.size());
  elements_.assign(1, ElementOf{kNoElement, 0, 0});
  arrays_ = 0;

  const FieldTree::Node& root = fields.root();
  add(root.below("topic"), string_scalar(record.topic), kNoElement);
  add(root.below("partition"), number_scalar(filter_number(std::int64_t{record.partition})),
      kNoElement);
  add(root.below("offset"), number_scalar(filter_number(record.offset)), kNoElement);
  add(root.below("timestamp"), number_scalar(filter_number(record.timestamp_ms)), kNoElement);
  add(root.below("timestampType"), string_scalar(timestamp_type_name(record.timestamp_type)),
      kNoElement);
  add_headers(record.headers, root.below("headers"));
  key_form_ = load_data(seen(record, RecordPart::Key), root.below("key"), key_);
  value_form_ = load_data(seen(record, RecordPart::Value), root.below("value"), value_);
}

std::optional<DataForm> FilterRecord::form(RecordPart part) const {
  return part == RecordPart::Key ? key_form_ : value_form_;
}

bool FilterRecord::consistent(Element a, Element b) const {
  while (elements_[a].depth > elements_[b].depth) a = elements_[a].outer;
  while (elements_[b].depth > elements_[a].depth) b = elements_[b].outer;
  while (elements_[a].outer != elements_[b].outer) {
    a = elements_[a].outer;
    b = elements_[b].outer;
  }
  return a == b || elements_[a].array != elements_[b].array;
}

void FilterRecord::add(const FieldTree::Node* node, const FilterScalar& scalar, Element element) {
  if (node == nullptr || !node->field) return;
  std::vector<Value>& values = values_[*node->field];
  if (values.empty()) touched_.push_back(*node->field);
  values.push_back({scalar, element});
}

// A null value is an empty array, as in the event.
void FilterRecord::add_headers(const std::vector<RecordHeader>& headers,
                               const FieldTree::Node* node) {
  if (node == nullptr) return;
  const std::uint32_t array = arrays_++;
  for (const RecordHeader& header : headers) {
    const FieldTree::Node* below = node->below(header.name);
    if (below == nullptr) continue;
    const Element element = add_element(kNoElement, array);
    for (const char byte : header.value.value_or("")) {
      const auto number = static_cast<std::int64_t>(static_cast<signed char>(byte));
      add(below, number_scalar(filter_number(number)), element);
    }
  }
}

// kafka-filtering.html, "Filtering behavior": bytes are UTF-8, and JSON where they parse as such
// (any JSON value, not only an object: inference), else a plain string. A null one is neither
// (inference).
std::optional<DataForm> FilterRecord::load_data(std::optional<std::string_view> data,
                                                const FieldTree::Node* node,
                                                std::unique_ptr<Json>& json) {
  if (node == nullptr || !data) return std::nullopt;
  if (json == nullptr) json = std::make_unique<Json>();
  if (json->parse(*data)) {
    json->walk(*this, *node);
    return DataForm::Json;
  }
  if (!simdjson::validate_utf8(data->data(), data->size())) return std::nullopt;
  add(node, string_scalar(*data), kNoElement);
  return DataForm::Text;
}

FilterRecord::Element FilterRecord::add_element(Element outer, std::uint32_t array) {
  elements_.push_back({outer, array, elements_[outer].depth + 1});
  return static_cast<Element>(elements_.size() - 1);
}

}  // namespace emulator
