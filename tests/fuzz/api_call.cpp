#include "tests/fuzz/api_call.h"
#include "tests/support/text_of.h"

#include <algorithm>
#include <stdexcept>

namespace emulator::fuzz {
namespace {

// Takes a line off the front.
std::string take_line(std::string& text) {
  const auto end = std::min(text.find('\n'), text.size());
  std::string line = text.substr(0, end);
  text.erase(0, end + 1);
  return line;
}

}  // namespace

std::string to_text(const ApiCall& call) {
  std::string text = call.method + " " + call.target + "\n";
  for (const auto& [name, value] : call.headers)
    text.append(name).append(": ").append(value) += '\n';
  return text + "\n" + call.body;
}

ApiCall read_call(const std::string& text) {
  std::string rest = text;
  ApiCall call;
  const auto first = take_line(rest);
  const auto space = first.find(' ');
  if (space == std::string::npos) throw std::runtime_error("no request line: " + first);
  call.method = first.substr(0, space);
  call.target = first.substr(space + 1);
  for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) throw std::runtime_error("no header: " + line);
    call.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  call.body = rest;
  return call;
}

std::vector<ApiCall> read_corpus(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) files.push_back(entry);
  std::sort(files.begin(), files.end());
  std::vector<ApiCall> corpus;
  for (const auto& path : files) corpus.push_back(read_call(text_of(path)));
  return corpus;
}

}  // namespace emulator::fuzz
