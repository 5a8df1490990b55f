#include "emulator/aws/aws_client.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr int kForbidden = 403;
constexpr int kUnauthorized = 401;
constexpr int kNotFound = 404;

struct AwsError {
  std::string code;
  std::string message;
};

// The text of <name>…</name>, wherever it stands; error bodies hold each name once.
std::string xml_text(std::string_view body, const std::string& name) {
  const auto begin = body.find("<" + name + ">");
  if (begin == std::string_view::npos) return {};
  const auto text = body.substr(begin + name.size() + 2);
  return std::string(text.substr(0, text.find('<')));
}

std::string member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// JSON ({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":…}) or XML (<Code>, <Message>),
// whichever it is: stand-ins answer JSON protocols with XML too.
AwsError parse_error(const std::string& body) {
  const auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (!parsed.is_object()) return {xml_text(body, "Code"), xml_text(body, "Message")};
  std::string code = member(parsed, "__type");
  code.erase(0, code.rfind('#') + 1);
  std::string message = member(parsed, "message");
  if (message.empty()) message = member(parsed, "Message");
  return {code, message};
}

std::string encoded(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string text;
  for (const auto& [name, value] : members)
    text.append(text.empty() ? "" : "&")
        .append(name)
        .append("=")
        .append(percent_encode(value, Slashes::Encode));
  return text;
}

bool says_missing(const std::string& code) {
  constexpr std::array<std::string_view, 7> kCodes{"QueueDoesNotExist",
                                                   "AWS.SimpleQueueService.NonExistentQueue",
                                                   "NotFound",
                                                   "NotFoundException",
                                                   "NoSuchBucket",
                                                   "ResourceNotFoundException",
                                                   "EntityNotFoundException"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

// What a stand-in answers to a key it does not know, a wrong secret, an expired token.
bool says_refused(const std::string& code) {
  constexpr std::array<std::string_view, 9> kCodes{
      "SignatureDoesNotMatch",       "InvalidSignatureException",
      "InvalidAccessKeyId",          "InvalidClientTokenId",
      "UnrecognizedClientException", "ExpiredToken",
      "ExpiredTokenException",       "AccessDenied",
      "AccessDeniedException"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

}  // namespace

AwsClient::AwsClient(AwsEndpoint endpoint, std::string region, HttpLimits limits)
    : endpoint_(std::move(endpoint)), region_(std::move(region)), limits_(limits) {}

std::variant<std::string, AwsFailure> AwsClient::json(const std::string& target,
                                                      const std::string& version, std::string body,
                                                      std::stop_token stop) const {
  return rest({"POST",
               "/",
               {{"Content-Type", "application/x-amz-json-" + version}, {"X-Amz-Target", target}},
               std::move(body)},
              std::move(stop));
}

std::variant<std::string, AwsFailure> AwsClient::query(
    const std::vector<std::pair<std::string, std::string>>& members, std::stop_token stop) const {
  return rest({"POST",
               "/",
               {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
               encoded(members)},
              std::move(stop));
}

std::variant<std::string, AwsFailure> AwsClient::rest(
    HttpCall request, std::stop_token stop,
    const std::vector<std::pair<std::string, std::string>>& query) const {
  const SignableRequest signable{request.method,
                                 endpoint_.url.host_header(),
                                 endpoint_.url.base_path + request.path,
                                 query,
                                 request.headers,
                                 request.body};
  const auto made = sign(signable, endpoint_.credentials,
                         {region_, signing_name(endpoint_.service), std::time(nullptr)});
  request.headers.insert(request.headers.end(), made.begin(), made.end());
  if (!query.empty()) request.path += "?" + encoded(query);
  HttpTls tls;
  tls.ca_file = endpoint_.ca_file;
  auto answer = call(endpoint_.url, std::move(request), tls, std::move(stop), limits_);
  if (const auto* none = std::get_if<NoAnswer>(&answer)) {
    const char* authority = none->kind == NoAnswer::Kind::NotTrusted
                                ? ", name its authority's PEM file in AWS_CA_BUNDLE"
                                : "";
    return AwsFailure{AwsFailure::Kind::NoAnswer, "nothing answers: " + none->reason +
                                                      "; start it" + authority + ", or correct " +
                                                      variable_name(endpoint_.service)};
  }
  auto& given = std::get<HttpAnswer>(answer);
  if (given.status >= 200 && given.status < 300) return std::move(given.body);
  return explain(given);
}

AwsFailure AwsClient::explain(const HttpAnswer& answer) const {
  const auto [code, message] = parse_error(answer.body);
  const std::string status = std::to_string(answer.status);
  const std::string named = "answer " + status + (code.empty() ? "" : " " + code);
  // Such messages may quote the request with its token, so they are not shown.
  if (says_refused(code) || answer.status == kForbidden || answer.status == kUnauthorized)
    return {AwsFailure::Kind::Refused,
            one_line(named) +
                ": the key or its signature is refused; check AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and the rights of the key there",
            code};
  if (says_missing(code) || (code.empty() && answer.status == kNotFound))
    return {AwsFailure::Kind::Missing, one_line(named), code};
  return {AwsFailure::Kind::Other,
          one_line(named + (message.empty() ? "" : ": " + message)) +
              "; look at what that server logs, or correct " + variable_name(endpoint_.service),
          code};
}

}  // namespace emulator
