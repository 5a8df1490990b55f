// The regular expressions of JSON Schema: ECMA-262's, searched for anywhere in a text. Never
// changes once it is made; any thread.
#pragma once

#include <memory>
#include <string_view>

namespace emulator {

class JsonPattern {
 public:
  // Throws SchemaError.
  explicit JsonPattern(std::string_view pattern);
  ~JsonPattern();
  JsonPattern(JsonPattern&& other) noexcept;
  JsonPattern& operator=(JsonPattern&& other) noexcept;

  // `text` is UTF-8. Throws DecodeError when this would take too long; no text overflows the stack.
  bool found_in(std::string_view text) const;

 private:
  class Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace emulator
