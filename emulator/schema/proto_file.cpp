#include "emulator/schema/proto_file.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "emulator/package/base64.h"
#include "emulator/schema/codec.h"

namespace emulator {
namespace {

namespace pb = google::protobuf;

class FirstError : public pb::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (!text_.empty()) return;
    text_ = "line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1) + ": " +
            message;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// libprotobuf's parser calls itself for each message within a message, with a limit of its own, and
// for each option's value within a value, with none.
void check_depth(std::string_view text, const std::string& name) {
  std::size_t depth = 0;
  for (char c : text) {
    if (c == '{' || c == '<' || c == '[' || c == '(') ++depth;
    if (depth > 0 && (c == '}' || c == '>' || c == ']' || c == ')')) --depth;
    // Brackets in comments and texts count, too: the limit is far above what people write.
    if (depth > 10 * kSchemaDepthMax)
      throw SchemaError("the Protobuf schema (" + name + ") is nested too deeply");
  }
}

std::optional<pb::FileDescriptorProto> parse_serialized(std::string_view text) {
  const auto is_base64 = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '=';
  };
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_base64)) return std::nullopt;
  const auto bytes = base64_decode(text);
  pb::FileDescriptorProto file;
  if (!bytes || !file.ParseFromString(*bytes)) return std::nullopt;
  return file;
}

constexpr std::string_view kConfluentMeta = R"(syntax = "proto3";
package confluent;
import "google/protobuf/descriptor.proto";
message Meta {
  string doc = 1;
  map<string, string> params = 2;
  repeated string tags = 3;
}
extend google.protobuf.FileOptions { Meta file_meta = 1088; }
extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; }
)";
constexpr std::string_view kConfluentDecimal = R"(syntax = "proto3";
package confluent.type;
message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }
)";
constexpr std::string_view kDate = R"(syntax = "proto3";
package google.type;
message Date { int32 year = 1; int32 month = 2; int32 day = 3; }
)";
constexpr std::string_view kTimeOfDay = R"(syntax = "proto3";
package google.type;
message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }
)";
constexpr std::string_view kDateTime = R"(syntax = "proto3";
package google.type;
import "google/protobuf/duration.proto";
message DateTime {
  int32 year = 1; int32 month = 2; int32 day = 3;
  int32 hours = 4; int32 minutes = 5; int32 seconds = 6; int32 nanos = 7;
  oneof time_offset { google.protobuf.Duration utc_offset = 8; TimeZone time_zone = 9; }
}
message TimeZone { string id = 1; string version = 2; }
)";
constexpr std::string_view kDayOfWeek = R"(syntax = "proto3";
package google.type;
enum DayOfWeek {
  DAY_OF_WEEK_UNSPECIFIED = 0; MONDAY = 1; TUESDAY = 2; WEDNESDAY = 3; THURSDAY = 4; FRIDAY = 5;
  SATURDAY = 6; SUNDAY = 7;
}
)";
constexpr std::string_view kMoney = R"(syntax = "proto3";
package google.type;
message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }
)";
constexpr std::string_view kLatLng = R"(syntax = "proto3";
package google.type;
message LatLng { double latitude = 1; double longitude = 2; }
)";
constexpr std::string_view kDecimal = R"(syntax = "proto3";
package google.type;
message Decimal { string value = 1; }
)";
constexpr std::string_view kInterval = R"(syntax = "proto3";
package google.type;
import "google/protobuf/timestamp.proto";
message Interval {
  google.protobuf.Timestamp start_time = 1; google.protobuf.Timestamp end_time = 2;
}
)";
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kWellKnown{
    {{"confluent/meta.proto", kConfluentMeta},
     {"confluent/type/decimal.proto", kConfluentDecimal},
     {"google/type/date.proto", kDate},
     {"google/type/timeofday.proto", kTimeOfDay},
     {"google/type/datetime.proto", kDateTime},
     {"google/type/dayofweek.proto", kDayOfWeek},
     {"google/type/money.proto", kMoney},
     {"google/type/latlng.proto", kLatLng},
     {"google/type/decimal.proto", kDecimal},
     {"google/type/interval.proto", kInterval}}};

}  // namespace

pb::FileDescriptorProto parse_proto_file(std::string_view text, const std::string& name) {
  pb::FileDescriptorProto file;
  if (auto serialized = parse_serialized(text)) {
    file = *std::move(serialized);
  } else {
    check_depth(text, name);
    pb::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
    FirstError error;
    pb::io::Tokenizer tokenizer(&input, &error);
    pb::compiler::Parser parser;
    parser.RecordErrorsTo(&error);
    if (!parser.Parse(&tokenizer, &file) || !error.text().empty())
      throw SchemaError("the Protobuf schema (" + name + ") does not parse: " + error.text());
  }
  file.set_name(name);
  return file;
}

std::optional<std::string_view> well_known_proto(std::string_view name) {
  for (const auto& [known, text] : kWellKnown) {
    if (known == name) return text;
  }
  return std::nullopt;
}

}  // namespace emulator
