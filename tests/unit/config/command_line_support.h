// Runs parse_command_line as main does, with what it says.
#pragma once

#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/config/options.h"

struct Said {
  std::variant<emulator::Command, int> result;
  std::string out;
  std::string err;

  int exit_code() const { return std::get<int>(result); }
};

// Streams that are caught and given back, also when a test fails in between.
class Caught {
 public:
  explicit Caught(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Caught() { stream_.rdbuf(before_); }
  Caught(const Caught&) = delete;
  Caught& operator=(const Caught&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* before_;
};

inline Said parse(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"klambda"};
  for (const auto& argument : arguments) argv.push_back(argument.c_str());
  const Caught out(std::cout);
  const Caught err(std::cerr);
  auto result = emulator::parse_command_line(static_cast<int>(argv.size()), argv.data(), "1.2.3");
  return {std::move(result), out.text(), err.text()};
}

template <typename Kind>
Kind parsed(const std::vector<std::string>& arguments) {
  auto said = parse(arguments);
  return std::get<Kind>(std::get<emulator::Command>(said.result));
}

// The line of a wrong usage, without its newline; "" when the line was accepted.
inline std::string usage_mistake(const std::vector<std::string>& arguments) {
  const auto said = parse(arguments);
  const auto* exit_code = std::get_if<int>(&said.result);
  if (exit_code == nullptr || *exit_code != 2 || !said.out.empty() || said.err.empty()) return {};
  const auto line = said.err.substr(0, said.err.size() - 1);
  return line.find('\n') == std::string::npos && said.err.back() == '\n'
             ? line
             : "more than one line: " + said.err;
}
