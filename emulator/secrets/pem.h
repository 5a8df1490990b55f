// Whether PEM texts can be used, before a TLS client is made of them. Pure; any thread. What they
// answer names no part of a key.
#pragma once

#include <optional>
#include <string>

namespace emulator {

// Each certificate of the text is one; nullopt: there is at least one, and nothing is wrong.
std::optional<std::string> check_certificates(const std::string& pem);

// The key can be read with the password, which is ignored by a key that is not encrypted, and
// belongs to the first certificate.
std::optional<std::string> check_private_key(const std::string& pem, const std::string& password,
                                             const std::string& certificates);

}  // namespace emulator
