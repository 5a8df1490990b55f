#include "emulator/config/yaml_reader.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <system_error>

namespace emulator {
namespace {

// AWS accepts templates of 1 MB
// (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html). Aliases can
// make a small text large, so what they expand to is counted too.
constexpr std::size_t kFileBytesMax = 4 * 1024 * 1024;
constexpr int kDepthMax = 64;
constexpr int kValuesMax = 200'000;

class Converter {
 public:
  explicit Converter(const std::string& file) : file_(file) {}

  Value convert(const YAML::Node& node, int parent_line, int depth) {
    Value value;
    value.line = line_of(node, parent_line);
    if (depth > kDepthMax) fail(value.line, "values are nested deeper than 64 levels");
    if (++values_ > kValuesMax)
      fail(value.line, "there are more than 200000 values, those of aliases included");
    const std::string& tag = node.Tag();
    // "?" and "!" are yaml-cpp's words for plain and quoted; "tag:yaml.org,2002:str" and its like
    // mean no function either.
    if (tag.size() > 1 && tag.front() == '!') value.tag = tag;
    if (node.IsScalar()) {
      value.kind = Value::Kind::Scalar;
      value.text = node.Scalar();
    } else if (node.IsSequence()) {
      value.kind = Value::Kind::List;
      for (const auto& item : node) value.items.push_back(convert(item, value.line, depth + 1));
    } else if (node.IsMap()) {
      value.kind = Value::Kind::Map;
      add_members(value, node, depth);
    }
    return value;
  }

 private:
  void add_members(Value& map, const YAML::Node& node, int depth) {
    std::vector<Value> merged;
    for (const auto& entry : node) {
      const int line = line_of(entry.first, map.line);
      if (!entry.first.IsScalar()) fail(line, "a name must be a text, not a list or map");
      const std::string& name = entry.first.Scalar();
      Value value = convert(entry.second, line, depth + 1);
      value.line = line;  // where a reader looks for it; yaml-cpp gives an empty one the line of
                          // what follows
      if (name == "<<") {
        merged.push_back(std::move(value));
        continue;
      }
      if (map.find(name) != nullptr) fail(line, name + " is given twice: remove one of them");
      map.members.push_back({name, line, std::move(value)});
    }
    for (const auto& value : merged) merge(map, value);
  }

  // What the map says itself goes before what it merges.
  void merge(Value& map, const Value& other) {
    if (other.is_list()) {
      for (const auto& item : other.items) merge(map, item);
      return;
    }
    if (!other.is_map()) fail(other.line, "<< takes a map or a list of maps");
    for (const auto& member : other.members) {
      if (map.find(member.name) == nullptr) map.members.push_back(member);
    }
  }

  static int line_of(const YAML::Node& node, int otherwise) {
    const auto mark = node.Mark();
    return mark.is_null() ? otherwise : mark.line + 1;
  }

  [[noreturn]] void fail(int line, const std::string& what) const {
    throw ConfigError(file_ + ":" + std::to_string(line) + ": " + what);
  }

  const std::string& file_;
  int values_ = 0;
};

}  // namespace

const Value* Value::find(std::string_view name) const {
  const auto member =
      std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.name == name; });
  return member == members.end() ? nullptr : &member->value;
}

Value empty_map(int line) {
  Value map;
  map.kind = Value::Kind::Map;
  map.line = line;
  return map;
}

Value parse_yaml(const std::string& text, const std::string& file) {
  if (text.size() > kFileBytesMax)
    throw ConfigError(file + ": the file is larger than 4 MB: this is no template");
  if (text.find('\0') != std::string::npos) throw ConfigError(file + ": this is no text file");
  try {
    return Converter(file).convert(YAML::Load(text), 1, 0);
  } catch (const YAML::Exception& error) {
    const int line = error.mark.is_null() ? 1 : error.mark.line + 1;
    throw ConfigError(file + ":" + std::to_string(line) + ": this is not valid YAML: " + error.msg);
  }
}

Value read_yaml(const std::filesystem::path& file) {
  const std::string name = file.string();
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    throw ConfigError(name + ": no such file: give a template's path, or use 'klambda run'");
  }
  if (std::filesystem::is_directory(status))
    throw ConfigError(name + ": this is a directory: give a template's path");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw ConfigError(name + ": the file cannot be opened: check its permissions");
  // One byte more than allowed shows that there is more; a pipe or device has no size to ask for.
  std::string text(kFileBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return parse_yaml(text, name);
}

}  // namespace emulator
