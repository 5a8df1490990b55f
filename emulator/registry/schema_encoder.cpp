#include "emulator/registry/schema_encoder.h"

#include <filesystem>
#include <utility>

#include "emulator/config/model.h"
#include "emulator/config/text.h"
#include "emulator/registry/schema_files.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;
using Published = SchemaPublisher::Published;

[[noreturn]] void fail(const EncoderRequest& request, const std::string& text) {
  throw ConfigError(request.flag + " " + request.schema + ": " + text);
}

Published from_file(const EncoderRequest& request, SchemaPublisher* publisher) {
  const fs::path file(request.schema);
  SchemaDefinition definition =
      read_schema_file(file, file.has_parent_path() ? file.parent_path() : ".");
  if (publisher != nullptr) {
    return request.unknown == EncoderRequest::Unknown::IsAdded
               ? publisher->add(request.subject, definition, {})
               : publisher->look_up(request.subject, definition, {});
  }
  const auto id = id_of_file(file);
  if (!id)
    fail(request,
         "which id has this schema? Name its registry with --registry, or put the id into the "
         "file's name: NAME.ID.avsc");
  return PublishedSchema{*id, std::move(definition)};
}

// A version stands behind the last colon; subjects may have colons too.
Published from_subject(const EncoderRequest& request, SchemaPublisher* publisher) {
  if (publisher == nullptr)
    fail(request,
         "a subject needs its registry: name it with --registry, or give a file that ends in "
         ".avsc, .proto or .json");
  const auto colon = request.schema.rfind(':');
  if (colon == std::string::npos) return publisher->find(request.schema, "", {});
  const std::string version = request.schema.substr(colon + 1);
  if (version == "latest") return publisher->find(request.schema.substr(0, colon), "", {});
  if (!parse_integer(version)) return publisher->find(request.schema, "", {});
  return publisher->find(request.schema.substr(0, colon), version, {});
}

}  // namespace

SchemaEncoder::SchemaEncoder(const PublishedSchema& schema, std::string message, Framing framing)
    : id_(schema.id),
      message_(std::move(message)),
      framing_(framing),
      codec_(compile(schema.definition)) {}

std::string SchemaEncoder::encode(std::string_view json) const {
  return make_frame(id_, codec_->encode(json, message_, framing_), framing_);
}

std::variant<std::unique_ptr<SchemaEncoder>, SourceProblem> make_schema_encoder(
    const EncoderRequest& request, SchemaPublisher* publisher) {
  const bool is_file = format_of_file(request.schema).has_value();
  auto published = is_file ? from_file(request, publisher) : from_subject(request, publisher);
  if (auto* failed = std::get_if<SourceProblem>(&published)) return std::move(*failed);
  if (const auto* missing = std::get_if<MissingSchema>(&published))
    fail(request, missing->text + (is_file ? "; --register adds it" : ""));
  try {
    return std::make_unique<SchemaEncoder>(std::get<PublishedSchema>(published), request.message,
                                           request.framing);
  } catch (const SchemaError& error) {
    fail(request, error.what());
  } catch (const FrameError& error) {
    fail(request, error.what());
  }
}

}  // namespace emulator
