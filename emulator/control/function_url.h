// ANY /_klambda/url/{function}/…: function URLs. An HTTP request becomes an event of payload format
// 2.0 (control/url_event), the function's answer the response (control/url_response), whole or, in
// the mode RESPONSE_STREAM, as its runtime writes it
// (docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html). Every function has one, with or
// without a configuration (control/function_url_config), which says mode, CORS and who may call.
#pragma once

#include <functional>
#include <string>

#include "emulator/catalog/dispatcher.h"
#include "emulator/control/router.h"

namespace emulator {

// `require_signature` throws ApiError for a request that is not signed as klambda asks; it is not
// called for a URL whose AuthType is NONE.
void add_function_url(Router& router, Dispatcher& dispatcher, Router::Check require_signature);

}  // namespace emulator
