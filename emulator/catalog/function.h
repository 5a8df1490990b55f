// A function as the Lambda API knows it: $LATEST, published versions, aliases and what hangs on
// them. Plain values; a Function is never changed in place (catalog/functions.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emulator/catalog/json.h"
#include "emulator/config/model.h"

namespace emulator {

inline constexpr const char* kLatest = "$LATEST";

// "arn:aws:lambda:us-east-1:000000000000:function:name", with ":qualifier" where there is one.
std::string function_arn(const std::string& name, const std::string& qualifier = {});

// Where the code of a version is.
struct FunctionCode {
  enum class Kind {
    Package,    // a zip, unpacked by package/package_store
    Directory,  // the user's own, watched: an edit is a new deployment
    Image       // a container image; there is no directory
  };
  Kind kind = Kind::Directory;
  std::string sha256;  // as CodeSha256; of a directory: of its path, of an image: of its URI
  std::int64_t size_bytes = 0;
  std::string directory;      // absolute, where the code lies unpacked
  std::string opt_directory;  // absolute, what stands in for /opt; empty: no layers
  std::string image_uri{};    // of an image
};

// State and LastUpdateStatus with their reasons
// (docs.aws.amazon.com/lambda/latest/dg/functions-states.html).
struct DeploymentState {
  std::string state = "Active";  // Pending, Active, Failed
  std::string state_reason;
  std::string state_reason_code;
  std::string last_update_status = "Successful";  // InProgress, Successful, Failed
  std::string last_update_reason;
  std::string last_update_reason_code;

  // Whether catalog/deployer has yet to make the version ready.
  bool under_way() const { return state == "Pending" || last_update_status == "InProgress"; }
};

struct FunctionVersion {
  std::string version = kLatest;
  // What the caller of CreateFunction or UpdateFunctionConfiguration sets, by the API's names and
  // with its defaults, in the form in which responses show it: Runtime, Role, Handler, Description,
  // Timeout, MemorySize, Environment, TracingConfig, Layers, DeadLetterConfig, LoggingConfig, …
  Json settings = Json::object();
  FunctionCode code;
  DeploymentState deployment;
  std::int64_t last_modified_ms = 0;
  std::string revision_id;  // a new UUID with every change, also of the state
  // A new UUID whenever what runs has changed (code, configuration that a process sees): pools of
  // another one are retired.
  std::string deployment_id;
  // Of a published version: the Description that $LATEST had. Its own may be PublishVersion's.
  std::string published_description;
  FunctionConfig config;  // what runs: made of the above
};

// The configuration of its processes, from settings and code. What neither says stays as it is in
// the version's `config`: the Command of a template's function.
FunctionConfig runnable(const std::string& name, const FunctionVersion& version);

struct FunctionAlias {
  std::string name;
  std::string version;
  std::string description;
  std::map<std::string, double> weights;  // AdditionalVersionWeights: at most one
  std::string revision_id;
};

struct Function {
  enum class Origin { Template, Api };

  FunctionVersion latest;
  std::map<int, FunctionVersion> versions;  // published
  int next_version = 1;                     // never used again
  std::map<std::string, FunctionAlias> aliases;
  std::map<std::string, std::string> tags;
  std::optional<int> reserved_concurrency;  // 0: every invocation is throttled
  // FunctionEventInvokeConfig by qualifier ("$LATEST", a version, an alias), as responses show it
  // but for FunctionArn.
  std::map<std::string, Json> event_invoke;
  // What else the API keeps for its callers and nothing here acts on: policies, the recursion and
  // the runtime management configuration; each group of operations knows its keys.
  std::map<std::string, Json> attachments;
  Origin origin = Origin::Api;

  const std::string& name() const { return latest.config.name; }
  std::string arn() const { return latest.config.arn(); }
  // "$LATEST" or a number; nullptr: there is none.
  const FunctionVersion* find_version(const std::string& version) const;
  FunctionVersion* find_version(const std::string& version);
};

}  // namespace emulator
