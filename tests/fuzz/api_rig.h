// Every operation of the control plane in one process, without a listener, a handler's process or a
// Kafka. One test's, on one thread.
#pragma once

#include <memory>

#include "runtime_api/http_server.h"
#include "tests/fuzz/api_call.h"

namespace emulator::fuzz {

class ApiRig {
 public:
  ApiRig();
  ~ApiRig();
  ApiRig(const ApiRig&) = delete;
  ApiRig& operator=(const ApiRig&) = delete;

  // As the control plane answers: what is too large never reaches its operation.
  runtime_api::HttpResponse answer(const ApiCall& call);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator::fuzz
