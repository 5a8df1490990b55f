// How a function's process is started: which runtime interface client serves which runtime, found
// or installed. Facts about each client were measured; what each needs stands in runtimes.cpp
// beside the code that gives it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "emulator/config/model.h"

namespace emulator {

// A command ready to be executed. The environment of one process adds AWS_LAMBDA_RUNTIME_API and
// the log stream's name.
struct LaunchPlan {
  std::filesystem::path executable;    // absolute
  std::vector<std::string> arguments;  // without the executable itself
  std::filesystem::path working_directory;
  std::vector<std::pair<std::string, std::string>>
      environment;  // complete; nothing of klambda's own leaks in unasked
};

// Later: nothing is downloaded, and what Allowed would download is taken for there.
enum class Downloads { Allowed, Forbidden, Later };

// Finds interpreter and client, installs the client into the cache where that is allowed and needed
// (saying so), and checks what can be checked without running the handler; what would be otherwise
// on AWS is warned about, or with Strict refused. Throws ConfigError: what is missing, which paths
// were tried, how to mend it.
LaunchPlan plan_launch(const FunctionConfig& function, Downloads downloads,
                       Strictness strictness = Strictness::Lenient);

}  // namespace emulator
