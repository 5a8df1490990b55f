// One request to the Lambda API as values and as the text of a corpus file:
//
//     POST /2015-03-31/functions/f/invocations?Qualifier=1
//     X-Amz-Log-Type: Tail
//
//     {"a": 1}
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace emulator::fuzz {

struct ApiCall {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // without Host
  std::string body;                                          // any bytes
};

std::string to_text(const ApiCall& call);
ApiCall read_call(const std::string& text);

// Of every file of the corpus, by the files' names.
std::vector<ApiCall> read_corpus(const std::filesystem::path& directory);

}  // namespace emulator::fuzz
