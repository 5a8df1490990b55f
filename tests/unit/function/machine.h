// A machine of a test's own for launch plans: PATH, cache and interpreters that are stand-ins.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/function/runtimes.h"
#include "tests/unit/function/function_rig.h"

namespace function_test {

using emulator::ConfigError;
using emulator::Downloads;
using emulator::LaunchPlan;
using emulator::Strictness;

// PATH, cache and virtual environment of this test alone.
class Machine {
 public:
  Machine() {
    keep("PATH");
    keep("XDG_CACHE_HOME");
    keep("VIRTUAL_ENV");
    keep("JAVA_HOME");
    ::setenv("PATH", (directory_.path() / "bin").c_str(), 1);
    ::setenv("XDG_CACHE_HOME", (directory_.path() / "cache").c_str(), 1);
    ::unsetenv("VIRTUAL_ENV");
    ::unsetenv("JAVA_HOME");
    std::filesystem::create_directories(code());
  }
  ~Machine() {
    for (const auto& [name, value] : kept_) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }

  std::filesystem::path code() const { return directory_.path() / "project" / "src"; }
  std::filesystem::path bin() const { return directory_.path() / "bin"; }
  std::filesystem::path cache() const {
    return directory_.path() / "cache" / "klambda" / "runtimes";
  }
  std::filesystem::path write(const std::string& name, const std::string& text = "x") const {
    return directory_.write(name, text);
  }
  std::filesystem::path program(const std::string& name,
                                const std::string& text = "#!/bin/sh\n") const {
    return directory_.write_program(name, text);
  }
  // A Python that answers the probe; pip makes the client's folder, or fails.
  std::filesystem::path python(const std::string& name, const std::string& version, bool has_client,
                               const std::string& pip = "/bin/mkdir -p \"$8/awslambdaric\"") const {
    const auto path = directory_.path() / name;
    return program(name, "#!/bin/sh\nif [ \"$1\" = -c ]; then echo probed >> '" +
                             (directory_.path() / "calls").string() +
                             "'\nprintf 'noise\\nklambda-probe\\n" + version + "\\n" +
                             path.string() + "\\n" + (has_client ? "1" : "0") +
                             "\\n/\\n'; exit 0; fi\necho \"pip $*\" >> '" +
                             (directory_.path() / "calls").string() + "'\n" + pip + "\n");
  }
  std::string calls() const {
    std::ifstream file(directory_.path() / "calls");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  FunctionConfig function(const std::string& runtime,
                          const std::string& handler = "app.handler") const {
    auto function = raw_function(code());
    function.command.clear();
    function.runtime = runtime;
    function.handler = handler;
    return function;
  }

 private:
  void keep(const std::string& name) {
    const char* value = ::getenv(name.c_str());
    kept_.emplace_back(name, value != nullptr ? std::optional<std::string>(value) : std::nullopt);
  }

  TemporaryDirectory directory_;
  std::vector<std::pair<std::string, std::optional<std::string>>> kept_;
};

inline std::string error_of(const FunctionConfig& function,
                            Downloads downloads = Downloads::Allowed,
                            Strictness strictness = Strictness::Lenient) {
  try {
    emulator::plan_launch(function, downloads, strictness);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

inline std::string variable(const LaunchPlan& plan, const std::string& name) {
  for (const auto& [key, value] : plan.environment) {
    if (key == name) return value;
  }
  return {};
}

inline const std::string kWhere = "template.yaml:7: function Orders: ";

}  // namespace function_test
