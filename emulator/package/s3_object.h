// Objects of the S3 that AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL names. Blocking; any thread.
#pragma once

#include <string>
#include <variant>

#include "emulator/aws/endpoint.h"

namespace emulator {

struct S3Object {
  std::string bucket;
  std::string key;
  std::string version;  // empty: the newest
};

struct S3Failure {
  enum class Kind {
    NoEndpoint,  // neither variable is set
    NoSuchBucket,
    NoSuchKey,  // nor such a version
    Other
  };
  Kind kind = Kind::Other;
  std::string text;  // who answers what, and how to mend it; one line
};

// GetObject (docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html), the bucket in the path.
std::variant<std::string, S3Failure> get_s3_object(const S3Object& object,
                                                   const Environment& environment);

}  // namespace emulator
