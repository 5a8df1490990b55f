// POST /2021-11-15/functions/{name}/response-streaming-invocations
// (docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html): the answer as a stream
// of events, one for each piece that the function's runtime writes.
#pragma once

#include "emulator/catalog/dispatcher.h"
#include "emulator/control/router.h"

namespace emulator {

void add_invoke_streaming(Router& router, Dispatcher& dispatcher);

}  // namespace emulator
