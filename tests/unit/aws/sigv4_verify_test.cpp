#include "emulator/aws/sigv4_verify.h"

#include <algorithm>
#include <map>
#include <string>

#include "emulator/config/text.h"
#include "tests/support/catch.h"

using namespace emulator;

namespace {

const AwsCredentials kKey{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
constexpr std::int64_t kNow = 1'440'938'160;  // 2015-08-30T12:36:00Z

const char* const kMismatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";

// A signed request on its way, to be damaged before it arrives.
struct Sent {
  std::string method = "POST";
  std::string path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af";
  std::vector<std::pair<std::string, std::string>> query{{"Qualifier", "live & kicking"},
                                                         {"Marker", ""}};
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body = R"({"a": 1})";

  void sign_with(const AwsCredentials& key, const std::string& service = "lambda",
                 const std::string& region = "eu-west-1", std::int64_t at = kNow) {
    SignableRequest signable;
    signable.method = method;
    signable.host = "localhost:3001";
    signable.path = path;
    signable.query = query;
    signable.headers = {{"Content-Type", "application/json"}, {"X-Amz-Log-Type", "Tail"}};
    signable.body = body;
    headers = {{"host", "localhost:3001"}};
    for (const auto& [name, value] : signable.headers) headers[lower_case(name)] = value;
    for (const auto& [name, value] : sign(signable, key, {region, service, at}))
      headers[lower_case(name)] = value;
  }

  std::string judged(std::int64_t now = kNow) const {
    const ReceivedRequest received{
        method, path, query,
        [this](std::string_view name) -> std::optional<std::string_view> {
          const auto found = headers.find(lower_case(name));
          if (found == headers.end()) return std::nullopt;
          return found->second;
        },
        body};
    const auto problem = find_signature_problem(received, kKey, "lambda", now);
    return problem ? problem->type + ": " + problem->message : "right";
  }
};

Sent right() {
  Sent sent;
  sent.sign_with(kKey);
  return sent;
}

void replace(std::string& text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("sigv4: what was signed with the key is right, whatever region it was signed for") {
  CHECK(right().judged() == "right");
  Sent elsewhere;
  elsewhere.sign_with(kKey, "lambda", "us-gov-west-1");
  CHECK(elsewhere.judged() == "right");
  Sent temporary;
  temporary.sign_with({kKey.access_key_id, kKey.secret_access_key, "token"});
  CHECK(temporary.judged() == "right");
  Sent tight = right();
  auto& authorization = tight.headers["authorization"];
  authorization.erase(std::remove(authorization.begin() + 20, authorization.end(), ' '),
                      authorization.end());
  CHECK(tight.judged() == "right");
  Sent hashed = right();
  hashed.headers["x-amz-content-sha256"] =
      "c9f2ef0c7a3de4f6f5b9bfbb5bbff3b7a6b7e1c3d6c2e2ad07c0a7dc2d0e9e55";
  CHECK(hashed.judged() == std::string("InvalidSignatureException: ") + kMismatch);
}

TEST_CASE("sigv4: the test suite's own request verifies (post-vanilla)") {
  const std::map<std::string, std::string> headers{
      {"host", "example.amazonaws.com"},
      {"x-amz-date", "20150830T123600Z"},
      {"authorization",
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
       "SignedHeaders=host;x-amz-date, "
       "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"}};
  const ReceivedRequest received{
      "POST",
      "/",
      {},
      [&headers](std::string_view name) -> std::optional<std::string_view> {
        const auto found = headers.find(lower_case(name));
        if (found == headers.end()) return std::nullopt;
        return found->second;
      },
      ""};
  CHECK_FALSE(find_signature_problem(received, kKey, "service", kNow).has_value());
}

TEST_CASE("sigv4: anything that was changed on the way is a wrong signature") {
  auto sent = right();
  SECTION("method") {
    sent.method = "PUT";
  }
  SECTION("path") {
    sent.path += "/code";
  }
  SECTION("path, decoded") {
    sent.path = "/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f";
  }
  SECTION("query") {
    sent.query[0].second = "other";
  }
  SECTION("query, another parameter") {
    sent.query.emplace_back("Extra", "1");
  }
  SECTION("body") {
    sent.body += " ";
  }
  SECTION("a signed header") {
    sent.headers["x-amz-log-type"] = "None";
  }
  SECTION("host") {
    sent.headers["host"] = "localhost:3002";
  }
  SECTION("time") {
    sent.headers["x-amz-date"] = "20150830T123601Z";
  }
  SECTION("signature, a digit") {
    auto& last = sent.headers["authorization"].back();
    last = last == '0' ? '1' : '0';
  }
  SECTION("signature, shorter") {
    sent.headers["authorization"].pop_back();
  }
  SECTION("region") {
    replace(sent.headers["authorization"], "eu-west-1", "eu-west-2");
  }
  SECTION("signed headers") {
    replace(sent.headers["authorization"], ";x-amz-log-type", "");
  }
  SECTION("another secret") {
    sent.sign_with({kKey.access_key_id, "wrong", ""});
  }
  SECTION("a hash that is no hash") {
    sent.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
  }
  CHECK(sent.judged() == std::string("InvalidSignatureException: ") + kMismatch);
}

TEST_CASE("sigv4: a key that nobody knows") {
  Sent sent;
  sent.sign_with({"AKIDOTHER", kKey.secret_access_key, ""});
  CHECK(sent.judged() ==
        "UnrecognizedClientException: The security token included in the request is invalid.");
}

TEST_CASE("sigv4: what is missing is named") {
  auto sent = right();
  sent.headers.erase("authorization");
  CHECK(sent.judged() == "MissingAuthenticationTokenException: Missing Authentication Token");

  sent.headers["authorization"] = "Bearer abc";
  sent.headers.erase("x-amz-date");
  CHECK(sent.judged() ==
        "IncompleteSignatureException: Authorization header requires 'Credential' parameter. "
        "Authorization header requires 'Signature' parameter. "
        "Authorization header requires 'SignedHeaders' parameter. "
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");

  sent = right();
  replace(sent.headers["authorization"], "/lambda/aws4_request", "");
  CHECK(sent.judged() ==
        "IncompleteSignatureException: Authorization header requires 'Credential' parameter.");

  sent = right();
  sent.headers.erase("x-amz-log-type");
  CHECK(sent.judged() ==
        "InvalidSignatureException: 'x-amz-log-type' is named as a SignedHeader, but it does not "
        "exist in the HTTP request");

  sent = right();
  replace(sent.headers["authorization"], "host;", "");
  CHECK(sent.judged() ==
        "InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS "
        "Authorization.");
}

TEST_CASE("sigv4: the scope is for this service and the day of the request") {
  Sent s3;
  s3.sign_with(kKey, "s3");
  CHECK(s3.judged() ==
        "InvalidSignatureException: Credential should be scoped to correct service: 'lambda'.");
  auto sent = right();
  replace(sent.headers["authorization"], "aws4_request", "aws5_request");
  CHECK(sent.judged() ==
        "InvalidSignatureException: Credential should be scoped with a valid terminator: "
        "'aws4_request', not 'aws5_request'.");
  sent = right();
  sent.headers["x-amz-date"] = "20150831T003600Z";
  CHECK(sent.judged() ==
        "InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from ISO-8601 "
        "version of date from HTTP: '20150830' != '20150831', from '20150831T003600Z'.");
}

TEST_CASE("sigv4: a signature is good for 15 minutes on either side") {
  const auto sent = right();
  CHECK(sent.judged(kNow + 900) == "right");
  CHECK(sent.judged(kNow - 900) == "right");
  CHECK(sent.judged(kNow + 901) ==
        "InvalidSignatureException: Signature expired: 20150830T123600Z is now earlier than "
        "20150830T123601Z (20150830T125101Z - 15 min.)");
  CHECK(sent.judged(kNow - 901) ==
        "InvalidSignatureException: Signature not yet current: 20150830T123600Z is still later "
        "than 20150830T123559Z (20150830T122059Z + 15 min.)");
}

TEST_CASE("sigv4: a date in another form") {
  for (const char* time : {"20150830T1236000", "20150830T123600", "20150830Tx23600Z",
                           "20150830T129900Z", "20150830T"}) {
    INFO(time);
    auto sent = right();
    sent.headers["x-amz-date"] = time;
    CHECK(sent.judged() ==
          std::string("IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got "
                      "'") +
              time + "'.");
  }
}
