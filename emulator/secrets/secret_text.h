// A secret's text, as Secrets Manager, an environment variable or a file holds it, becomes its
// members. Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "emulator/secrets/secret.h"

namespace emulator {

// A JSON object whose members are texts; or PEM blocks: certificates become `certificate`, a key
// `privateKey`. `secret` gives name and place for the error. Throws SecretError.
std::map<std::string, std::string> members_of_text(const std::string& text, const Secret& secret);

}  // namespace emulator
