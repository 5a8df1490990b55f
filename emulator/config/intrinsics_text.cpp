// The functions that make texts, lists and decisions out of others. References and attributes:
// intrinsics.cpp.
#include <algorithm>
#include <utility>
#include <vector>

#include "emulator/config/intrinsics.h"
#include "emulator/config/text.h"

namespace emulator {
const Value& Intrinsics::arguments(const Value& argument, std::size_t min, std::size_t max,
                                   const std::string& form) const {
  if (!argument.is_list() || argument.items.size() < min || argument.items.size() > max) {
    diagnostics_.fail(argument.line, form);
  }
  return argument;
}

std::optional<Value> Intrinsics::sub(const Value& argument) {
  const Value* text = &argument;
  const Value* variables = nullptr;
  if (argument.is_list()) {
    arguments(argument, 2, 2, "Fn::Sub takes a text, or [text, {Name: value}]");
    text = &argument.items[0];
    variables = &argument.items[1];
  }
  if (!text->is_scalar())
    diagnostics_.fail(argument.line, "Fn::Sub takes a text, or [text, {Name: value}]");
  std::string result;
  std::string_view rest(text->text);
  for (;;) {
    const auto begin = rest.find("${");
    result += rest.substr(0, begin);
    if (begin == std::string_view::npos) return text_value(std::move(result), argument.line);
    const auto end = rest.find('}', begin);
    if (end == std::string_view::npos)
      diagnostics_.fail(argument.line, "Fn::Sub: a ${ has no closing }");
    const std::string name(trim(rest.substr(begin + 2, end - begin - 2)));
    rest.remove_prefix(end + 1);
    if (starts_with(name, "!")) {  // ${!Literal} stands for ${Literal}
      result += "${" + name.substr(1) + "}";
      continue;
    }
    const auto value = sub_name(name, variables, argument.line);
    if (!value) return std::nullopt;
    result += *value;
    if (result.size() > kTextBytesMax)
      diagnostics_.fail(argument.line, "this text grows beyond 1 MB");
  }
}

std::optional<std::string> Intrinsics::sub_name(const std::string& name, const Value* variables,
                                                int line) {
  const std::string what = "${" + name + "} of Fn::Sub";
  if (variables != nullptr) {
    if (const auto* variable = variables->find(name)) return resolve_text(*variable, what);
  }
  const auto dot = name.find('.');
  Value call;
  call.kind = Value::Kind::Scalar;
  call.line = line;
  call.tag = dot == std::string::npos ? "!Ref" : "!GetAtt";
  call.text = name;
  return resolve_text(call, what);
}

std::optional<Value> Intrinsics::join(const Value& argument) {
  const auto& list = arguments(argument, 2, 2, "Fn::Join takes [separator, [values]]");
  const auto separator = resolve_text(list.items[0], "Fn::Join's separator");
  const auto values = resolve(list.items[1]);
  if (!separator || !values) return std::nullopt;
  if (!values->is_list()) diagnostics_.fail(argument.line, "Fn::Join takes [separator, [values]]");
  std::string result;
  bool first = true;
  for (const auto& item : values->items) {
    const auto text = resolve_text(item, "a value of Fn::Join");
    if (!text) continue;
    if (!std::exchange(first, false)) result += *separator;
    result += *text;
    if (result.size() > kTextBytesMax)
      diagnostics_.fail(argument.line, "this text grows beyond 1 MB");
  }
  return text_value(std::move(result), argument.line);
}

std::optional<Value> Intrinsics::split(const Value& argument) {
  const auto& list = arguments(argument, 2, 2, "Fn::Split takes [separator, text]");
  const auto separator = resolve_text(list.items[0], "Fn::Split's separator");
  const auto text = resolve_text(list.items[1], "Fn::Split's text");
  if (!separator || !text) return std::nullopt;
  if (separator->empty())
    diagnostics_.fail(argument.line, "Fn::Split's separator must not be empty");
  Value result;
  result.kind = Value::Kind::List;
  result.line = argument.line;
  for (std::size_t begin = 0;;) {
    const auto end = text->find(*separator, begin);
    result.items.push_back(text_value(text->substr(begin, end - begin), argument.line));
    if (end == std::string::npos) return result;
    begin = end + separator->size();
  }
}

std::optional<Value> Intrinsics::select(const Value& argument) {
  const auto& list = arguments(argument, 2, 2, "Fn::Select takes [index, [values]]");
  const auto index_text = resolve_text(list.items[0], "Fn::Select's index");
  const auto values = resolve(list.items[1]);
  if (!index_text || !values) return std::nullopt;
  const auto index = parse_integer(*index_text);
  if (!index || !values->is_list() || *index < 0 ||
      static_cast<std::size_t>(*index) >= values->items.size()) {
    diagnostics_.fail(argument.line,
                      "Fn::Select takes [index, [values]], the index counting from 0");
  }
  return resolve(values->items[static_cast<std::size_t>(*index)]);
}

std::optional<Value> Intrinsics::find_in_map(const Value& argument) {
  const auto& list = arguments(argument, 3, 4, "Fn::FindInMap takes [map, key, name]");
  const Value* found = root_.find("Mappings");
  std::string path;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto name = resolve_text(list.items[i], "a name of Fn::FindInMap");
    if (!name) return std::nullopt;
    path += (i == 0 ? "" : ".") + *name;
    if (found != nullptr) found = found->find(*name);
  }
  if (found != nullptr) return *found;
  // The fourth argument: {DefaultValue: …}, with the AWS::LanguageExtensions transform
  const auto* fallback = list.items.size() == 4 ? list.items[3].find("DefaultValue") : nullptr;
  if (fallback == nullptr)
    diagnostics_.fail(argument.line, "Fn::FindInMap: the template's Mappings have no " + path);
  return resolve(*fallback);
}

bool Intrinsics::condition(const std::string& name, int line) {
  const auto* declaration = declared("Conditions", name);
  if (declaration == nullptr)
    diagnostics_.fail(line, "condition " + name + ": the template's Conditions have no such name");
  return evaluate_condition(*declaration);
}

bool Intrinsics::evaluate_condition(const Value& value) {
  const Nesting nesting(*this, value.line);
  auto call = call_of(value);
  // Only here is {Condition: Name} a function: elsewhere it is a map with one entry.
  if (const auto* name = value.find("Condition"); !call && name != nullptr)
    call = Call{"Condition", *name};
  if (!call)
    diagnostics_.fail(value.line,
                      "a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not, Condition");
  const auto& [name, argument] = *call;
  if (name == "Condition" && argument.is_scalar()) return condition(argument.text, argument.line);
  if (name == "Fn::Equals") {
    const auto& list = arguments(argument, 2, 2, "Fn::Equals takes two values");
    return resolve_text(list.items[0], "a value of Fn::Equals") ==
           resolve_text(list.items[1], "a value of Fn::Equals");
  }
  const auto holds = [this](const Value& item) { return evaluate_condition(item); };
  if (name == "Fn::Not")
    return !holds(arguments(argument, 1, 1, "Fn::Not takes one condition in a list").items[0]);
  if (name == "Fn::And" || name == "Fn::Or") {
    const auto& items =
        arguments(argument, 2, 10, name + " takes a list of 2 to 10 conditions").items;
    return name == "Fn::And" ? std::all_of(items.begin(), items.end(), holds)
                             : std::any_of(items.begin(), items.end(), holds);
  }
  diagnostics_.fail(value.line,
                    "a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not, Condition");
}

}  // namespace emulator
