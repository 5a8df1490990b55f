// CloudFormation's functions (!Ref, !Sub, Fn::Join, …), parameters and conditions, evaluated where
// a property is read: what nobody reads is never evaluated, so it needs no understanding either.
// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/config/diagnostics.h"
#include "emulator/config/yaml_reader.h"

namespace emulator {

inline constexpr std::size_t kTextBytesMax = 1024 * 1024;  // of what functions make

class Intrinsics {
 public:
  // All must outlive it. Throws ConfigError for overrides of parameters that the template does not
  // have. `control_plane`: see read_template().
  Intrinsics(const Value& root, const std::map<std::string, std::string>& overrides,
             const std::string& control_plane, Diagnostics& diagnostics);

  // The value without a function at its top; what is inside a list or map stays as it is, to be
  // resolved when it is read. Nullopt: AWS::NoValue, or something that was warned about and is left
  // out.
  std::optional<Value> resolve(const Value& value);
  // A resolved scalar's text; nullopt for what is left out. `what` names the value in the error for
  // lists and maps.
  std::optional<std::string> resolve_text(const Value& value, const std::string& what);
  // What the template names a function, queue, topic, bucket, secret or
  // registry; else its logical id.
  std::string resource_name(const std::string& logical_id, const Value& resource);
  // Whether a condition of the template's Conditions section holds.
  bool condition(const std::string& name, int line);

 private:
  // A value's function, in either form: `!Sub x` and `Fn::Sub: x` are both {"Fn::Sub", x}.
  struct Call {
    std::string name;
    Value argument;
  };
  // Bounds what functions can do together: names that refer to each other in a circle, texts that
  // double at each step.
  class Nesting {
   public:
    Nesting(Intrinsics& owner, int line);
    ~Nesting() { --owner_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Intrinsics& owner_;
  };

  static std::optional<Call> call_of(const Value& value);
  std::optional<Value> evaluate(const Call& call);
  bool evaluate_condition(const Value& value);

  std::optional<Value> ref(const std::string& name, int line);
  std::optional<Value> parameter(const std::string& name, const Value& declaration, int line);
  std::optional<Value> resource_ref(const std::string& name, const Value& resource, int line);
  std::optional<Value> get_att(const Value& argument);
  std::optional<Value> attribute(const std::string& logical_id, const std::string& name, int line);
  // What SAM makes of a function (intrinsics_generated.cpp); nullopt: it does not make this.
  struct Generated {
    enum class Kind { Function, Role };
    Kind kind;
    std::string function;  // its logical id
  };
  std::optional<Generated> find_generated(std::string_view name);
  bool names_published(const Value& function, std::string_view rest);
  std::optional<Value> generated(const std::string& name, int line);
  std::optional<Value> generated_attribute(const std::string& logical_id, const std::string& name,
                                           int line);
  std::optional<Value> function_url(const std::string& logical_id, const std::string& function,
                                    int line);
  std::optional<std::string> function_of_url(const std::string& logical_id);
  std::optional<Value> sub(const Value& argument);
  std::optional<std::string> sub_name(const std::string& name, const Value* variables, int line);
  std::optional<Value> join(const Value& argument);
  std::optional<Value> split(const Value& argument);
  std::optional<Value> select(const Value& argument);
  std::optional<Value> find_in_map(const Value& argument);

  static std::string type_of(const Value& resource);
  static bool is_serverless(const Value& resource);
  const Value* own_or_global(const Value& function, std::string_view property) const;
  const Value* declared(std::string_view section, const std::string& name) const;
  const Value& arguments(const Value& argument, std::size_t min, std::size_t max,
                         const std::string& form) const;
  Value text_value(std::string text, int line) const;  // throws when it has grown without bounds

  const Value& root_;
  const std::map<std::string, std::string>& overrides_;
  const std::string& control_plane_;
  Diagnostics& diagnostics_;
  int depth_ = 0;  // of functions in functions, also through conditions and resources' names
  int steps_ = 0;  // evaluations in all
};

}  // namespace emulator
