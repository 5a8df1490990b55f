// Configurations of function URLs, one for $LATEST and one for each alias
// (docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html; texts recorded):
// {"AuthType", "Cors"?, "InvokeMode", "CreationTime", "LastModifiedTime"}, kept among a function's
// attachments. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "emulator/catalog/function.h"

namespace emulator {

// `settings`: a request's body. `qualifier`: "$LATEST" or an alias. Throw ApiError: 404 for a
// qualifier or a configuration that is not there, 409 for one that is.
Function create_url_config(const Function& function, const std::string& qualifier,
                           const Json& settings, std::int64_t now_ms);
// What `settings` does not name stays.
Function update_url_config(const Function& function, const std::string& qualifier,
                           const Json& settings, std::int64_t now_ms);
Function delete_url_config(const Function& function, const std::string& qualifier);

// What a template says, as the body of a CreateFunctionUrlConfig.
Json url_settings(const FunctionUrl& url);

const Json* find_url_config(const Function& function, const std::string& qualifier);
const Json& url_config(const Function& function, const std::string& qualifier);  // throws 404
// All of a function's, with their qualifiers.
std::vector<std::pair<std::string, Json>> url_configs(const Function& function);

}  // namespace emulator
