#include "emulator/package/s3_object.h"

#include "emulator/aws/aws_client.h"
#include "emulator/config/model.h"

namespace emulator {
namespace {

// "Deployment package: 250 MB" (docs gettingstarted-limits.html); one more byte is too much.
constexpr std::size_t kObjectBytesMax = 262'144'001;

}  // namespace

std::variant<std::string, S3Failure> get_s3_object(const S3Object& object,
                                                   const Environment& environment) {
  const auto endpoint = find_endpoint(AwsService::S3, environment);
  if (!endpoint) {
    return S3Failure{S3Failure::Kind::NoEndpoint,
                     "klambda reads no bucket of AWS: set AWS_ENDPOINT_URL_S3 to a local S3 "
                     "(MinIO, moto, LocalStack), send the code as ZipFile, or name a directory "
                     "with S3Bucket klambda-local and its path as S3Key"};
  }
  HttpLimits limits;
  limits.answer_bytes = kObjectBytesMax;
  const AwsClient client(*endpoint, kRegion, limits);
  std::string path = "/" + object.bucket + "/" + percent_encode(object.key, Slashes::Keep);
  std::vector<std::pair<std::string, std::string>> query;
  if (!object.version.empty()) query.emplace_back("versionId", object.version);
  auto answer = client.rest({"GET", path, {}, {}}, {}, query);
  if (auto* body = std::get_if<std::string>(&answer)) return std::move(*body);
  const auto& failure = std::get<AwsFailure>(answer);
  S3Failure problem;
  if (failure.code == "NoSuchBucket") problem.kind = S3Failure::Kind::NoSuchBucket;
  if (failure.code == "NoSuchKey" || failure.code == "NoSuchVersion")
    problem.kind = S3Failure::Kind::NoSuchKey;
  problem.text = "S3 at " + client.where() + ": " + failure.text;
  return problem;
}

}  // namespace emulator
