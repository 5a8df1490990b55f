// Reads a SAM or CloudFormation template: functions and the Kafka mappings that trigger them. What
// it does not understand becomes a warning with its line, what is wrong a ConfigError with file,
// line and how to mend it.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "emulator/config/model.h"

namespace emulator {

// `parameters` override the defaults of the template's Parameters section. Strict refuses what AWS
// would refuse (mapping_rules.h). `control_plane` is where function URLs will be served,
// "http://HOST:PORT"; empty: nobody knows yet.
Application read_template(const std::filesystem::path& file,
                          const std::map<std::string, std::string>& parameters,
                          Strictness strictness, const std::string& control_plane);

}  // namespace emulator
