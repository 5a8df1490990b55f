#include "tests/fuzz/verdict.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "emulator/catalog/json.h"
#include "emulator/config/text.h"

namespace emulator::fuzz {
namespace {

std::string header(const runtime_api::HttpResponse& response, std::string_view wanted) {
  for (const auto& [name, value] : response.headers) {
    if (name == wanted) return value;
  }
  return {};
}

std::string message_of(const Json& body) {
  for (const char* name : {"message", "Message"}) {
    if (body.is_object() && body.contains(name) && body[name].is_string()) return body[name];
  }
  return {};
}

std::string text_of(const runtime_api::HttpResponse& response) {
  return response.shared_body ? *response.shared_body : response.body;
}

// Its first words that are plain ones: values that a message repeats are no ways of their own.
std::string plain_words(std::string_view message) {
  constexpr std::size_t kWords = 12;
  if (starts_with(message, "klambda has no operation at ")) return "no operation";
  std::string words;
  std::size_t count = 0;
  for (const auto& word : split(message, ' ')) {
    const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
      return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == ',' || c == '.';
    });
    if (plain && word.size() < 20 && ++count <= kWords) words += word + " ";
  }
  return words;
}

// "/2015-03-31/functions" and how many segments follow: many successes have no body, and names are
// no ways of their own.
std::string family(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  const auto second = path.find('/', path.find('/', 1) + 1);
  return std::string(path.substr(0, second)) + " " +
         std::to_string(std::count(path.begin(), path.end(), '/'));
}

}  // namespace

std::string complaint(const runtime_api::HttpResponse& response) {
  if (header(response, "x-amzn-RequestId").empty()) return "no request id";
  const auto text = text_of(response);
  if (response.status >= 500 && text.find(kNoRuntime) == std::string::npos)
    return "a failure of klambda's own: " + text;
  const bool is_json = response.content_type == "application/json";
  if (!text.empty() && is_json && !Json::accept(text)) return "the body is no JSON: " + text;
  if (response.status < 400) return {};
  if (header(response, "x-amzn-ErrorType").empty()) return "an error without a type";
  if (message_of(Json::parse(text, nullptr, false)).empty()) return "an error without a message";
  return {};
}

std::string behaviour(const ApiCall& call, const runtime_api::HttpResponse& response) {
  const auto body = Json::parse(text_of(response), nullptr, false);
  std::string text = std::to_string(response.status) + " " + header(response, "x-amzn-ErrorType");
  if (response.status >= 400) return text + " " + plain_words(message_of(body));
  text += " " + call.method + " " + family(call.target);
  if (!body.is_object()) return text;
  for (const auto& [name, value] : body.items()) text.append(" ").append(name);
  return text;
}

}  // namespace emulator::fuzz
