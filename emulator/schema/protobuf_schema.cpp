#include "emulator/schema/protobuf_schema.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "emulator/schema/proto_file.h"

namespace emulator {
namespace {

namespace pb = google::protobuf;

// The first of what the pool has to say.
class FirstError : public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element,
                const pb::Message* /*descriptor*/, ErrorLocation /*location*/,
                const std::string& message) override {
    if (text_.empty()) text_ = file + ": " + (element.empty() ? "" : element + ": ") + message;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// A name for the schema's own file that no import has.
std::string own_name(const SchemaDefinition& definition) {
  std::string name = "schema.proto";
  const auto is_taken = [&](const SchemaReference& one) { return one.name == name; };
  while (std::any_of(definition.references.begin(), definition.references.end(), is_taken))
    name.insert(0, "own-");
  return name;
}

// Builds files after those that they import. Lives while one schema is compiled.
class FileBuilder {
 public:
  FileBuilder(const SchemaDefinition& definition, pb::DescriptorPool& pool) : pool_(pool) {
    for (const SchemaReference& reference : definition.references)
      texts_.emplace(reference.name, reference.text);
  }

  const pb::FileDescriptor* build(const pb::FileDescriptorProto& file) {
    if (open_.size() > kSchemaDepthMax)
      throw SchemaError("imports of the Protobuf schema are more than " +
                        std::to_string(kSchemaDepthMax) + " levels deep");
    open_.insert(file.name());
    for (const std::string& import : file.dependency()) build_import(import, file.name());
    open_.erase(file.name());
    FirstError error;
    const auto* built = pool_.BuildFileCollectingErrors(file, &error);
    if (built == nullptr) throw SchemaError("the Protobuf schema does not hold: " + error.text());
    return built;
  }

 private:
  void build_import(const std::string& name, const std::string& importer) {
    if (open_.count(name) > 0)
      throw SchemaError("the import " + name + " of the Protobuf schema leads back to itself");
    if (const auto text = texts_.find(name); text != texts_.end()) {
      if (pool_.FindFileByName(name) == nullptr) build(parse_proto_file(text->second, name));
      return;
    }
    if (pool_.FindFileByName(name) != nullptr) return;
    const auto known = well_known_proto(name);
    if (!known)
      throw SchemaError(importer + " imports " + name + ", which is no reference of the schema");
    build(parse_proto_file(*known, name));
  }

  pb::DescriptorPool& pool_;
  std::map<std::string, std::string_view> texts_;
  std::set<std::string> open_;  // being built: names of files
};

void collect(const pb::Descriptor* message, std::vector<const pb::Descriptor*>& messages) {
  messages.push_back(message);
  for (int i = 0; i < message->nested_type_count(); ++i) collect(message->nested_type(i), messages);
}

}  // namespace

ProtobufSchema::ProtobufSchema(const SchemaDefinition& definition)
    // Beneath lie the files that libprotobuf brings: google/protobuf/timestamp.proto and so on.
    : pool_(pb::DescriptorPool::generated_pool()) {
  file_ =
      FileBuilder(definition, pool_).build(parse_proto_file(definition.text, own_name(definition)));
  for (int i = 0; i < file_->message_type_count(); ++i) collect(file_->message_type(i), messages_);
  if (messages_.empty()) throw SchemaError("the Protobuf schema has no message");
  std::sort(messages_.begin(), messages_.end(),
            [](const auto* a, const auto* b) { return a->full_name() < b->full_name(); });
}

std::optional<std::size_t> ProtobufSchema::number_of(const pb::Descriptor* message) const {
  const auto found = std::lower_bound(
      messages_.begin(), messages_.end(), message,
      [](const auto* a, const auto* b) { return a->full_name() < b->full_name(); });
  if (found == messages_.end() || *found != message) return std::nullopt;
  return static_cast<std::size_t>(found - messages_.begin());
}

std::optional<std::size_t> ProtobufSchema::message_at(const std::vector<int>& indexes) const {
  const pb::Descriptor* message = nullptr;
  for (int index : indexes) {
    const int count =
        message == nullptr ? file_->message_type_count() : message->nested_type_count();
    if (index < 0 || index >= count) return std::nullopt;
    message = message == nullptr ? file_->message_type(index) : message->nested_type(index);
  }
  return message == nullptr ? std::nullopt : number_of(message);
}

std::optional<std::size_t> ProtobufSchema::message_named(std::string_view full_name) const {
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    if (messages_[i]->full_name() == full_name) return i;
  }
  return std::nullopt;
}

std::vector<int> ProtobufSchema::indexes_of(std::size_t message) const {
  std::vector<int> indexes;
  for (const auto* one = messages_[message]; one != nullptr; one = one->containing_type())
    indexes.insert(indexes.begin(), one->index());
  return indexes;
}

}  // namespace emulator
