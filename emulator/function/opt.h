// Layers: the directory that stands in for /opt, on the search paths of a function's processes
// (docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html, "Layer paths for each Lambda
// runtime"). The machine's own /opt is never written, so what names files below it is translated
// where klambda knows that it does. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "emulator/config/model.h"

namespace emulator {

// "/opt/wrapper" as the path of the stand-in; other paths, and all of a function without layers, as
// they are.
std::string in_opt(const FunctionConfig& function, std::string_view path);

// What a function with layers has for variables before its own come on top. Python's is not among
// them: its folders depend on the interpreter (runtime_python).
void add_opt_variables(const FunctionConfig& function,
                       std::map<std::string, std::string>& variables);

// A user's variable: search paths and the wrapper script may name /opt.
std::string variable_in_opt(const FunctionConfig& function, std::string_view name,
                            std::string_view value);

}  // namespace emulator
