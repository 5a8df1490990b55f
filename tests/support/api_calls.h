// Operations of the control plane called without a connection: what a router answers. One test's;
// no threads.
#pragma once

#include <string>

#include "emulator/catalog/function_settings.h"
#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"
#include "tests/support/fake_exchange.h"

namespace emulator::test {

struct Answer {
  unsigned status = 0;
  std::string error;  // its type; empty: none
  std::string text;   // the body
  Json body;          // null where the text is no JSON

  std::string message() const {
    return body.value("message", body.value("Message", std::string()));
  }
};

inline Answer call(const Router& router, const std::string& method, const std::string& target,
                   const std::string& body = {}) {
  ::test::FakeExchange exchange(method, target, body);
  const auto response = router.answer(exchange);
  Answer answer{response.status, {}, response.body, Json::parse(response.body, nullptr, false)};
  if (answer.body.is_discarded()) answer.body = nullptr;
  for (const auto& [name, value] : response.headers) {
    if (name == "x-amzn-ErrorType") answer.error = value;
  }
  return answer;
}

// A function of the catalog with $LATEST alone, or with these versions besides.
inline void add_function(FunctionCatalog& functions, const std::string& name, int versions = 0) {
  functions.change(name, [&](const Function*) {
    Function function;
    function.latest.settings = created_settings(name,
                                                {{"Runtime", "python3.12"},
                                                 {"Role", "arn:aws:iam::123456789012:role/r"},
                                                 {"Handler", "app.handler"}},
                                                Json::array());
    function.latest.code.sha256 = "zCZxV0zhD2Sh2oUIrxUVXNrFnvdTyqUi2sNvRDaD0Jk=";
    function.latest.code.size_bytes = 276;
    function.latest.config.name = name;
    function.latest.config = runnable(name, function.latest);
    function.latest.revision_id = "revision-of-latest";
    for (int number = 1; number <= versions; ++number) {
      FunctionVersion version = function.latest;
      version.version = std::to_string(number);
      version.revision_id = "revision-of-" + version.version;
      function.versions.emplace(number, std::move(version));
    }
    function.next_version = versions + 1;
    return function;
  });
}

}  // namespace emulator::test
