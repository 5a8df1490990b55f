#include "emulator/doctor/function_look.h"

#include <string>

#include "emulator/catalog/code_source.h"
#include "emulator/config/text.h"
#include "emulator/function/runtimes.h"

namespace emulator {
namespace {

// "template.yaml:12: function Orders: what: how to mend it"
Check check_of(const FunctionConfig& function, std::string text) {
  const std::string prefix = function.where + ": function " + function.name + ": ";
  if (starts_with(text, prefix)) text.erase(0, prefix.size());
  auto check = Check::bad_line(text, ": ");
  if (check.remedy.empty()) check.remedy = "correct the function's properties";
  check.remedy += " (" + function.where + ")";
  return check;
}

}  // namespace

Check look_at_function(const FunctionConfig& function, PackageStore& packages) {
  try {
    const auto unpacked = with_code_unpacked(function, packages);
    const auto plan = plan_launch(unpacked, Downloads::Later);
    std::string what = function.runtime + ", handler " + function.handler;
    if (function.package_type == PackageType::Image) what = "image " + function.image_uri;
    if (!function.command.empty()) what = "command " + join(function.command, " ");
    return Check::good(function.name + ": " + what + ", started with " + plan.executable.string());
  } catch (const ConfigError& error) {
    return check_of(function, error.what());
  }
}

}  // namespace emulator
