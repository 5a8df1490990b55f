// Reads a template's text as read_template does a file's.
#pragma once

#include <map>
#include <string>

#include "emulator/config/template.h"
#include "tests/support/temporary_directory.h"

using Parameters = std::map<std::string, std::string>;

inline const std::string kControlPlane = "http://127.0.0.1:3001";

// The path in messages becomes "t.yaml".
inline std::string without_directory(std::string text, const TemporaryDirectory& directory) {
  const std::string prefix = directory.path().string() + "/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
    text.erase(at, prefix.size());
  return text;
}

inline emulator::Application read(const TemporaryDirectory& directory, const std::string& text,
                                  const Parameters& parameters = {},
                                  emulator::Strictness strictness = emulator::Strictness::Lenient) {
  auto application = emulator::read_template(directory.write("t.yaml", text), parameters,
                                             strictness, kControlPlane);
  for (auto& warning : application.warnings) warning = without_directory(warning, directory);
  return application;
}

inline emulator::Application read(const std::string& text, const Parameters& parameters = {}) {
  const TemporaryDirectory directory;
  return read(directory, text, parameters);
}

// The one line of the mistake; "" when there was none.
inline std::string mistake(const std::string& text, const Parameters& parameters = {},
                           emulator::Strictness strictness = emulator::Strictness::Lenient) {
  const TemporaryDirectory directory;
  try {
    read(directory, text, parameters, strictness);
    return {};
  } catch (const emulator::ConfigError& error) {
    return without_directory(error.what(), directory);
  }
}

// A function F (line 3) with one event F/E (line 9); further properties of the event, then of the
// function, from line 14 on.
inline std::string function_with(const std::string& function_lines,
                                 const std::string& event_lines = "") {
  const auto indented = [](const std::string& lines, const std::string& indent) {
    std::string result;
    for (std::size_t begin = 0; begin < lines.size();) {
      const auto end = lines.find('\n', begin);
      result += indent + lines.substr(begin, end - begin) + "\n";
      begin = end == std::string::npos ? lines.size() : end + 1;
    }
    return result;
  };
  return "Transform: AWS::Serverless-2016-10-31\n"                  // 1
         "Resources:\n"                                             // 2
         "  F:\n"                                                   // 3
         "    Type: AWS::Serverless::Function\n"                    // 4
         "    Properties:\n"                                        // 5
         "      Handler: app.handler\n"                             // 6
         "      Runtime: python3.12\n"                              // 7
         "      Events:\n"                                          // 8
         "        E:\n"                                             // 9
         "          Type: SelfManagedKafka\n"                       // 10
         "          Properties:\n"                                  // 11
         "            Topics: [orders]\n"                           // 12
         "            KafkaBootstrapServers: [localhost:9092]\n" +  // 13
         indented(event_lines, "            ") +
         indented(function_lines, "      ");  // from 14
}
