// Signed calls to one AWS service at its endpoint, and what its errors mean. Constant after
// construction; blocking; any thread.
#pragma once

#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/aws/endpoint.h"
#include "emulator/aws/http_call.h"

namespace emulator {

struct AwsFailure {
  enum class Kind {
    NoAnswer,  // nobody listens, or not in time
    Refused,   // the key, its signature or its rights
    Missing,   // the resource that was named does not exist
    Other
  };
  Kind kind = Kind::Other;
  // What and how to mend it, in one line; never a part of the credentials. The caller puts in front
  // who answers where, and says what is missing.
  std::string text;
  std::string code = {};  // as the service names it: "NoSuchKey"; empty: it does not say
};

class AwsClient {
 public:
  AwsClient(AwsEndpoint endpoint, std::string region, HttpLimits limits = {});

  // A service with a JSON protocol: the answer's body. `target`: "AmazonSQS.SendMessage"; `version`
  // of the protocol: "1.0" or "1.1".
  std::variant<std::string, AwsFailure> json(const std::string& target, const std::string& version,
                                             std::string body, std::stop_token stop) const;
  // A service with the query protocol; the members include Action and Version.
  std::variant<std::string, AwsFailure> query(
      const std::vector<std::pair<std::string, std::string>>& members, std::stop_token stop) const;
  // A service whose resources are paths; `request.path` percent-encoded, without a query; `query`
  // not encoded.
  std::variant<std::string, AwsFailure> rest(
      HttpCall request, std::stop_token stop,
      const std::vector<std::pair<std::string, std::string>>& query = {}) const;

  // "http://127.0.0.1:4566"
  std::string where() const { return endpoint_.url.text(); }

 private:
  AwsFailure explain(const HttpAnswer& answer) const;

  AwsEndpoint endpoint_;
  std::string region_;
  HttpLimits limits_;
};

}  // namespace emulator
