#include "emulator/aws/sigv4.h"

#include <string>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

// The AWS Signature Version 4 test suite: one key, one time, one service.
const AwsCredentials kSuiteKey{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
constexpr std::int64_t kSuiteTime = 1'440'938'160;  // 2015-08-30T12:36:00Z

std::string value_of(const Headers& headers, const std::string& name) {
  for (const auto& [header, value] : headers)
    if (header == name) return value;
  return "absent";
}

std::string suite_signature(SignableRequest request, const AwsCredentials& key = kSuiteKey,
                            const std::string& service = "service") {
  if (request.host.empty()) request.host = "example.amazonaws.com";
  const auto headers = sign(request, key, {"us-east-1", service, kSuiteTime});
  CHECK(value_of(headers, "X-Amz-Date") == "20150830T123600Z");
  return headers.back().second;
}

std::string suite_text(const std::string& signed_headers, const std::string& signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
         "SignedHeaders=" +
         signed_headers + ", Signature=" + signature;
}

SignableRequest request(const std::string& method) {
  SignableRequest request;
  request.method = method;
  request.path = "/";
  return request;
}

// docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "Examples"
const AwsCredentials kS3Key{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
constexpr std::int64_t kS3Time = 1'369'353'600;  // 2013-05-24T00:00:00Z

Headers s3_signed(SignableRequest request) {
  request.host = "examplebucket.s3.amazonaws.com";
  return sign(request, kS3Key, {"us-east-1", "s3", kS3Time});
}

std::string s3_text(const std::string& signed_headers, const std::string& signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
         "SignedHeaders=" +
         signed_headers + ", Signature=" + signature;
}

}  // namespace

TEST_CASE("sigv4: the test suite's plain requests") {
  CHECK(suite_signature(request("GET")) ==
        suite_text("host;x-amz-date",
                   "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
  CHECK(suite_signature(request("POST")) ==
        suite_text("host;x-amz-date",
                   "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"));
}

TEST_CASE("sigv4: the test suite's query in any order (get-vanilla-query-order-key-case)") {
  SignableRequest get = request("GET");
  get.query = {{"Param2", "value2"}, {"Param1", "value1"}};
  CHECK(suite_signature(get) ==
        suite_text("host;x-amz-date",
                   "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"));
}

TEST_CASE("sigv4: the test suite's headers (post-header-value-case, get-header-value-trim)") {
  SignableRequest post = request("POST");
  post.headers = {{"My-Header1", "VALUE1"}};
  CHECK(suite_signature(post) ==
        suite_text("host;my-header1;x-amz-date",
                   "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"));
  SignableRequest get = request("GET");
  get.headers = {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\" "}};
  CHECK(suite_signature(get) ==
        suite_text("host;my-header1;my-header2;x-amz-date",
                   "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"));
}

TEST_CASE("sigv4: the test suite's form (post-x-www-form-urlencoded)") {
  SignableRequest post = request("POST");
  post.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  post.body = "Param1=value1";
  CHECK(suite_signature(post) ==
        suite_text("content-type;host;x-amz-date",
                   "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"));
}

TEST_CASE("sigv4: the test suite's session token (post-sts-header-before)") {
  AwsCredentials temporary = kSuiteKey;
  temporary.session_token =
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfp"
      "SPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQ"
      "DYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+s"
      "cqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
  CHECK(suite_signature(request("POST"), temporary) ==
        suite_text("host;x-amz-date;x-amz-security-token",
                   "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"));
}

TEST_CASE("sigv4: the user guide's own request (IAM ListUsers)") {
  SignableRequest get = request("GET");
  get.host = "iam.amazonaws.com";
  get.query = {{"Action", "ListUsers"}, {"Version", "2010-05-08"}};
  get.headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
  const auto text = suite_signature(get, kSuiteKey, "iam");
  CHECK(text.substr(text.rfind('=') + 1) ==
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST_CASE("sigv4: S3's examples, whose paths are encoded once and whose bodies are hashed") {
  SignableRequest get = request("GET");
  get.path = "/test.txt";
  get.headers = {{"Range", "bytes=0-9"}};
  const auto got = s3_signed(get);
  CHECK(value_of(got, "X-Amz-Content-Sha256") ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(got.back().second ==
        s3_text("host;range;x-amz-content-sha256;x-amz-date",
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));

  SignableRequest put = request("PUT");
  put.path = "/test%24file.text";
  put.headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                 {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  put.body = "Welcome to Amazon S3.";
  CHECK(s3_signed(put).back().second ==
        s3_text("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));

  SignableRequest lifecycle = request("GET");
  lifecycle.query = {{"lifecycle", ""}};
  CHECK(s3_signed(lifecycle).back().second ==
        s3_text("host;x-amz-content-sha256;x-amz-date",
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));

  SignableRequest list = request("GET");
  list.query = {{"prefix", "J"}, {"max-keys", "2"}};
  CHECK(s3_signed(list).back().second ==
        s3_text("host;x-amz-content-sha256;x-amz-date",
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST_CASE("sigv4: elsewhere an encoded path is encoded once more, so it signs differently") {
  SignableRequest get = request("GET");
  get.path = "/a%20b";
  CHECK(suite_signature(get) != suite_signature(get, kSuiteKey, "s3"));
  // botocore's SigV4Auth for the same request
  CHECK(suite_signature(get) ==
        suite_text("host;x-amz-date",
                   "08c33fd523b5dc18699a2c38863929f12203a282c033d442d45b59a096458aa6"));
}
