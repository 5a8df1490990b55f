#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <array>
#include <limits>

namespace emulator::fuzz {
namespace {

const std::array<std::string, 9> kMethods{"GET",     "POST",  "PUT", "DELETE", "HEAD",
                                          "OPTIONS", "PATCH", "get", ""};

const std::array<std::string, 27> kTargetPieces{
    "/",
    "//",
    "%2F",
    "%00",
    "%",
    "%zz",
    "..",
    "%2e%2e",
    "?",
    "&",
    "=",
    "$LATEST",
    ":1",
    ":$LATEST",
    "f",
    "*",
    "%C3%A9",
    "\xff",
    "{x}",
    "?Qualifier=",
    "?Marker=",
    "&MaxItems=0",
    "&MaxItems=x",
    "?FunctionVersion=ALL",
    ":live",
    "arn:aws:lambda:us-east-1:000000000000:function:f",
    "arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Af%3A1"};

const std::array<std::string, 20> kTextPieces{
    "{",       "}",       "[",    "]",   ",",     ":",    "\"",       "\\",
    "\\u0000", "\\ud800", "null", "-",   "1e999", "\xff", "\xc3\xa9", std::string(1, '\0'),
    "{\"a\":", "[[[[",    "\n",   "true"};

const std::array<std::string, 9> kHeaders{
    "X-Amz-Invocation-Type", "X-Amz-Log-Type", "X-Amz-Client-Context",
    "X-Amz-Tenant-Id",       "Content-Type",   "X-Amz-Durable-Execution-Name",
    "X-Amzn-Trace-Id",       "If-Match",       "Authorization"};
const std::array<std::string, 12> kHeaderValues{
    "Event", "RequestResponse",  "DryRun",   "Tail",   "None", "",
    "e30=",  "application/json", "text/xml", "bm9wZQ", "\xff", "AWS4-HMAC-SHA256 Credential=a"};

}  // namespace

Mutator::Mutator(const std::vector<ApiCall>& corpus, std::uint64_t seed)
    : corpus_(corpus), words_{"", "$LATEST"}, random_(seed) {
  for (const auto& call : corpus_) collect_words(Json::parse(call.body, nullptr, false));
}

std::size_t Mutator::below(std::size_t end) {
  // uniform_int_distribution may give other numbers with another standard library.
  return static_cast<std::size_t>(random_() % end);
}

void Mutator::collect_words(const Json& value) {
  if (value.is_string()) words_.push_back(value);
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) words_.push_back(name);
  }
  if (!value.is_structured()) return;
  for (const auto& child : value) collect_words(child);
}

ApiCall Mutator::mutant() {
  ApiCall call = one_of(corpus_);
  const auto changes = 1 + below(4);
  for (std::size_t i = 0; i < changes; ++i) change(call);
  return call;
}

void Mutator::change(ApiCall& call) {
  switch (below(12)) {
    case 0:
      call.method = one_of(kMethods);
      break;
    case 1:
    case 2:
      change_target(call.target);
      break;
    case 3:
      change_header(call);
      break;
    case 4:
      change_text(call.body);
      break;
    case 5:
      call.body = one_of(corpus_).body;
      break;
    case 6:
      call.target = one_of(corpus_).target;
      break;
    default:
      change_json(call.body);
      break;
  }
}

void Mutator::change_text(std::string& text) {
  const auto at = below(text.size() + 1);
  const auto length = std::min<std::size_t>(1 + below(12), text.size() - at);
  switch (below(5)) {
    case 0:
      text.erase(at, length);
      break;
    case 1:
      text.insert(at, one_of(kTextPieces));
      break;
    case 2:
      text.insert(below(text.size() + 1), std::string(text.substr(at, length * 4)));
      break;
    case 3:
      text.resize(at);
      break;
    default:
      if (at < text.size()) text[at] = static_cast<char>(below(256));
      break;
  }
}

void Mutator::change_target(std::string& target) {
  const auto at = below(target.size() + 1);
  switch (below(4)) {
    case 0:
      target.erase(at, 1 + below(8));
      break;
    case 1: {
      // A segment becomes another.
      const auto begin = target.find('/', at);
      if (begin == std::string::npos) break;
      const auto end = std::min(target.find('/', begin + 1), target.size());
      target.replace(begin + 1, end - begin - 1, one_of(kTargetPieces));
      break;
    }
    case 2:
      target.insert(at, below(40) == 0 ? std::string(9'000, 'a') : one_of(kTargetPieces));
      break;
    default:
      target += one_of(kTargetPieces);
      break;
  }
  // What ends a request line cannot be in a target.
  std::erase_if(target, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\0'; });
}

void Mutator::change_header(ApiCall& call) {
  if (!call.headers.empty() && below(3) == 0) {
    call.headers.pop_back();
  } else {
    call.headers.emplace_back(one_of(kHeaders), one_of(kHeaderValues));
  }
}

void Mutator::change_json(std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded()) return change_text(body);
  // Down to any value.
  Json* place = &json;
  while (place->is_structured() && !place->empty() && below(3) != 0) {
    const auto child = static_cast<std::ptrdiff_t>(below(place->size()));
    place = &*std::next(place->begin(), child);
  }
  change_value(*place);
  body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Mutator::change_value(Json& value) {
  if (value.is_object() && below(3) != 0) {
    if (!value.empty() && below(2) == 0) {
      value.erase(std::next(value.begin(), static_cast<std::ptrdiff_t>(below(value.size()))));
    } else {
      value[one_of(words_)] = strange_value();
    }
  } else if (value.is_array() && below(3) != 0) {
    value.push_back(value.empty() || below(2) == 0 ? strange_value() : Json(value.front()));
  } else {
    value = strange_value();
  }
}

Json Mutator::strange_value() {
  switch (below(16)) {
    case 0:
      return nullptr;
    case 1:
      return below(2) == 0;
    case 2:
      return 0;
    case 3:
      return -1;
    case 4:
      return 1e308;
    case 5:
      return 0.5;
    case 6:
      return std::numeric_limits<std::int64_t>::min();
    case 7:
      return std::numeric_limits<std::uint64_t>::max();
    case 8:
      return Json::array();
    case 9:
      return Json::object();
    case 10:
      return std::string(1 + below(300), 'x');
    case 11:
      return std::string(std::size_t{1} << below(13), 'A');
    case 12:
      return Json::array({one_of(words_), nullptr, 1});
    case 13:
      return static_cast<std::int64_t>(below(20'000));
    default:
      return one_of(words_);
  }
}

}  // namespace emulator::fuzz
