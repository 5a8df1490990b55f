// A FunctionConfiguration as responses show it, member for member in AWS's order
// (docs: API_FunctionConfiguration.html; recordings). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "emulator/catalog/function.h"
#include "emulator/catalog/json.h"

namespace emulator {

// Listed: as ListFunctions and ListVersionsByFunction show it, without State*, LastUpdateStatus*
// and RuntimeVersionConfig.
enum class ConfigurationForm { Full, Listed };

// `qualifier`: what FunctionArn ends with, "$LATEST", a version or an alias; empty: the ARN is the
// function's own.
Json function_configuration(const Function& function, const FunctionVersion& version,
                            std::string_view qualifier,
                            ConfigurationForm form = ConfigurationForm::Full);

}  // namespace emulator
