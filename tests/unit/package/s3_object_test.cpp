#include "emulator/package/s3_object.h"

#include "tests/support/catch.h"
#include "tests/support/fake_aws.h"

using namespace emulator;

namespace {

Environment with_endpoint(const std::string& url) {
  return [url](const std::string& name) -> std::optional<std::string> {
    if (name == "AWS_ENDPOINT_URL_S3") return url;
    return std::nullopt;
  };
}

}  // namespace

TEST_CASE("S3 objects: by bucket, key and version, signed") {
  test::FakeAws aws;
  aws.answer_with(200, std::string("PK\0\1", 4));
  const auto body = get_s3_object({"code", "a b/f.zip", "v/1"}, with_endpoint(aws.url()));
  REQUIRE(std::holds_alternative<std::string>(body));
  CHECK(std::get<std::string>(body) == std::string("PK\0\1", 4));
  const auto seen = aws.seen();
  CHECK(seen.method == "GET");
  CHECK(seen.path == "/code/a%20b/f.zip");
  CHECK(seen.headers.at("Authorization").starts_with("AWS4-HMAC-SHA256"));
}

TEST_CASE("S3 objects: what is missing is told apart") {
  test::FakeAws aws;
  const auto kind = [&](unsigned status, const std::string& code) {
    aws.answer_with(status, "<Error><Code>" + code + "</Code><Message>m</Message></Error>");
    const auto answer = get_s3_object({"code", "f.zip", ""}, with_endpoint(aws.url()));
    return std::get<S3Failure>(answer).kind;
  };
  CHECK(kind(404, "NoSuchKey") == S3Failure::Kind::NoSuchKey);
  CHECK(kind(404, "NoSuchVersion") == S3Failure::Kind::NoSuchKey);
  CHECK(kind(404, "NoSuchBucket") == S3Failure::Kind::NoSuchBucket);
  CHECK(kind(403, "AccessDenied") == S3Failure::Kind::Other);
  CHECK(kind(500, "InternalError") == S3Failure::Kind::Other);

  const auto none = get_s3_object({"code", "f.zip", ""},
                                  [](const std::string&) { return std::optional<std::string>(); });
  CHECK(std::get<S3Failure>(none).kind == S3Failure::Kind::NoEndpoint);
  CHECK(std::get<S3Failure>(none).text.find("AWS_ENDPOINT_URL_S3") != std::string::npos);
}
