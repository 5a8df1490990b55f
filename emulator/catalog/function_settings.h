// From the bodies of CreateFunction and UpdateFunctionConfiguration to a version's settings: what
// was sent, with AWS's defaults, in the form and order in which responses show it
// (docs: API_CreateFunction.html, API_FunctionConfiguration.html). Pure; any thread.
//
// Bodies have passed the shapes of control/function_shapes; Layers are not read from them but given
// as LayerVersion::reference() shows them.
#pragma once

#include <optional>
#include <string>

#include "emulator/catalog/json.h"
#include "emulator/config/model.h"

namespace emulator {

// Throws ApiError for what AWS refuses beyond the shapes: a runtime that it does not have, no
// Runtime or Handler, environment variables above 4 KB or with reserved names, log levels without
// JSON logs; and for what klambda does not do.
Json created_settings(const std::string& function, const Json& body, const Json& layers);

// `present` with what `body` says. `layers`: nullopt leaves those that there are. Throws as
// created_settings.
Json updated_settings(const std::string& function, const Json& present, const Json& body,
                      const std::optional<Json>& layers);

// Of UpdateFunctionCode's Architectures.
Json with_architectures(Json settings, const Json& architectures);

// As if the template had been deployed: its words, AWS's defaults for the rest.
Json template_settings(const FunctionConfig& config);

}  // namespace emulator
