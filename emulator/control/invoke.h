// POST /2015-03-31/functions/{name}/invocations and its older sister
// POST /2014-11-13/functions/{name}/invoke-async
// (docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, API_InvokeAsync.html).
#pragma once

#include "emulator/catalog/dispatcher.h"
#include "emulator/catalog/event_queue.h"
#include "emulator/control/router.h"

namespace emulator {

void add_invoke(Router& router, Dispatcher& dispatcher, EventQueue& events);

}  // namespace emulator
