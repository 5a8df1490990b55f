// Whether a request that arrived was signed with a key, by Signature Version 4 in its Authorization
// header. What is wrong is said with AWS's types and words:
// docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html; which of several
// mistakes is named first is inference. Pure; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/aws/sigv4.h"

namespace emulator {

struct ReceivedRequest {
  std::string_view method;
  std::string_view path;                                   // as it was sent
  std::vector<std::pair<std::string, std::string>> query;  // decoded
  // Of any case; nullopt: there is none.
  std::function<std::optional<std::string_view>(std::string_view name)> header;
  std::string_view body;
};

// All with status 403.
struct SignatureProblem {
  std::string type;  // "InvalidSignatureException"
  std::string message;
};

// Nullopt: it is signed with `key` for this service, in any region, and not long ago or ahead.
std::optional<SignatureProblem> find_signature_problem(const ReceivedRequest& request,
                                                       const AwsCredentials& key,
                                                       std::string_view service,
                                                       std::int64_t now_epoch_s);

}  // namespace emulator
