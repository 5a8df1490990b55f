// Protobuf behind the interface of all codecs: messages as libprotobuf's JSON
// (protobuf.dev/programming-guides/json), with the fields' names as the schema has them.
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/zero_copy_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <algorithm>
#include <mutex>

#include "emulator/schema/codecs.h"
#include "emulator/schema/message_number.h"
#include "emulator/schema/protobuf_schema.h"

namespace emulator {
namespace {

namespace pb = google::protobuf;

constexpr const char* kTypeUrl = "type.googleapis.com/";

// Appends to a string, up to a limit: a field's name in the schema may be far longer than its bytes
// in a message.
class BoundedOutput : public pb::io::ZeroCopyOutputStream {
 public:
  BoundedOutput(std::string& out, std::size_t most) : out_(out), begin_(out.size()), most_(most) {}

  bool Next(void** data, int* size) override {
    const std::size_t used = out_.size() - begin_;
    if (used >= most_) {
      overflowed_ = true;
      return false;
    }
    const std::size_t step = std::min(std::max(kStepBytes, used), most_ - used);
    out_.resize(out_.size() + step);
    *data = out_.data() + out_.size() - step;
    *size = static_cast<int>(step);
    return true;
  }
  void BackUp(int count) override { out_.resize(out_.size() - static_cast<std::size_t>(count)); }
  int64_t ByteCount() const override { return static_cast<int64_t>(out_.size() - begin_); }
  bool overflowed() const { return overflowed_; }

 private:
  static constexpr std::size_t kStepBytes = 1'024;
  std::string& out_;
  const std::size_t begin_;
  const std::size_t most_;
  bool overflowed_ = false;
};

class ProtobufCodec : public Codec {
 public:
  explicit ProtobufCodec(const SchemaDefinition& definition)
      : schema_(definition),
        resolver_(
            pb::util::NewTypeResolverForDescriptorPool("type.googleapis.com", &schema_.pool())),
        messages_(&schema_.pool()) {}

  SchemaFormat format() const override { return SchemaFormat::Protobuf; }

  Message open(std::string_view body, Framing framing) const override {
    std::string_view rest = body;
    if (framing == Framing::Glue) {
      const auto number = take_glue_number(rest);
      if (!number || *number >= schema_.messages().size())
        throw DecodeError("the record does not begin with the number of one of the schema's " +
                          std::to_string(schema_.messages().size()) + " messages");
      return {*number, rest};
    }
    const auto indexes = take_confluent_indexes(rest);
    const auto number = indexes ? schema_.message_at(*indexes) : std::nullopt;
    if (!number)
      throw DecodeError("the record does not begin with the indexes of one of the schema's " +
                        std::to_string(schema_.messages().size()) + " messages");
    return {*number, rest};
  }

  void decode(const Message& message, std::string& json) const override {
    const pb::Descriptor* type = schema_.messages().at(message.type);
    check(*type, message.payload);
    pb::io::ArrayInputStream input(message.payload.data(),
                                   static_cast<int>(message.payload.size()));
    BoundedOutput output(json, kDecodedBytesMax);
    pb::util::JsonPrintOptions options;
    options.add_whitespace = false;
    options.preserve_proto_field_names = true;
    const auto status = pb::util::BinaryToJsonStream(resolver_.get(), kTypeUrl + type->full_name(),
                                                     &input, &output, options);
    if (output.overflowed()) throw DecodeError("the value's JSON is longer than 32 MiB");
    if (!status.ok())
      throw DecodeError("the message " + type->full_name() +
                        " has no JSON: " + std::string(status.message()));
  }

  std::string encode(std::string_view json, std::string_view type, Framing framing) const override {
    const auto number = type.empty() ? schema_.message_at({0}) : schema_.message_named(type);
    if (!number) throw EncodeError("the schema has no message " + std::string(type));
    const pb::Descriptor* descriptor = schema_.messages()[*number];
    std::string payload;
    const auto status = pb::util::JsonToBinaryString(
        resolver_.get(), kTypeUrl + descriptor->full_name(), std::string(json), &payload);
    if (!status.ok())
      throw EncodeError("the value is no " + descriptor->full_name() + ": " +
                        std::string(status.message()));
    return (framing == Framing::Glue ? glue_number(*number)
                                     : confluent_indexes(schema_.indexes_of(*number))) +
           payload;
  }

 private:
  // The way to JSON takes less care than parsing: proto2's required fields, text that is no UTF-8.
  void check(const pb::Descriptor& type, std::string_view payload) const {
    const std::unique_ptr<pb::Message> message(messages_.GetPrototype(&type)->New());
    if (payload.size() > kFrameBodyBytesMax ||
        !message->ParsePartialFromArray(payload.data(), static_cast<int>(payload.size())))
      throw DecodeError("the bytes are no message " + type.full_name());
    if (!message->IsInitialized())
      throw DecodeError("the message " + type.full_name() + " lacks " +
                        message->InitializationErrorString());
  }

  const ProtobufSchema schema_;
  const std::unique_ptr<pb::util::TypeResolver> resolver_;
  mutable pb::DynamicMessageFactory messages_;  // has a lock of its own
};

}  // namespace

std::shared_ptr<const Codec> compile_protobuf(const SchemaDefinition& definition) {
  // libprotobuf writes what it refuses to stderr, too.
  static std::once_flag silenced;
  std::call_once(silenced, [] { pb::SetLogHandler(nullptr); });
  return std::make_shared<ProtobufCodec>(definition);
}

}  // namespace emulator
