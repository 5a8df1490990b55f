// A secret as it was found, and what can be wrong with one. Plain values; any thread. No text that
// leaves this folder holds a member's value.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace emulator {

struct Secret {
  std::string name;   // as it was asked for: an ARN or a name
  std::string where;  // "--secrets secrets.yaml", "KLAMBDA_SECRET_LOGIN", "Secrets Manager at …"
  std::map<std::string, std::string> members;
};

// One line: which secret, where, which member, how to mend it.
class SecretError : public std::runtime_error {
 public:
  enum class Kind {
    Missing,   // nobody has a secret of this name
    Unusable,  // no JSON object, lacks a member, cannot be read
    BadPem,    // its certificate or key is none, or they do not belong together
    NoAnswer   // Secrets Manager is out of reach or refuses klambda
  };
  SecretError(Kind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace emulator
