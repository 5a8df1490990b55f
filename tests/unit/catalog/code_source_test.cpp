#include "emulator/catalog/code_source.h"

#include "emulator/catalog/api_error.h"
#include "emulator/package/base64.h"
#include "tests/support/catch.h"
#include "tests/support/fake_aws.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/zips.h"

using namespace emulator;
namespace fs = std::filesystem;

namespace {

std::optional<std::string> nothing_set(const std::string&) {
  return std::nullopt;
}

std::string error_of(const Json& code, const Environment& environment = nothing_set) {
  PackageStore packages(std::nullopt);
  try {
    fetch_code(code, packages, environment);
  } catch (const ApiError& error) {
    return error.type + ": " + error.what();
  }
  return "fetched";
}

const std::string kInvalid = "InvalidParameterValueException: ";

}  // namespace

TEST_CASE("code: a zip in the request") {
  PackageStore packages(std::nullopt);
  const auto zip = test::make_zip({{"app.py", "1"}});
  const auto code = fetch_code({{"ZipFile", base64_encode(zip)}}, packages, nothing_set);
  CHECK(code.kind == FunctionCode::Kind::Package);
  CHECK(code.size_bytes == static_cast<std::int64_t>(zip.size()));
  CHECK(fs::exists(fs::path(code.directory) / "app.py"));
  CHECK(packages.find(code.sha256));
}

TEST_CASE("code: from a bucket of the S3 endpoint") {
  test::FakeAws aws;
  const Environment environment = [&aws](const std::string& name) -> std::optional<std::string> {
    if (name == "AWS_ENDPOINT_URL") return aws.url();
    return std::nullopt;
  };
  const Json code = {{"S3Bucket", "code"}, {"S3Key", "f.zip"}};
  aws.answer_with(200, test::make_zip({{"app.py", "1"}}));
  CHECK(error_of(code, environment) == "fetched");
  aws.answer_with(404, "<Error><Code>NoSuchKey</Code></Error>");
  CHECK(error_of(code, environment) ==
        kInvalid +
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The "
            "specified key does not exist.");
  aws.answer_with(404, "<Error><Code>NoSuchBucket</Code></Error>");
  CHECK(error_of(code, environment) ==
        kInvalid +
            "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The "
            "specified bucket does not exist");
  aws.answer_with(200, "no zip");
  CHECK(error_of(code, environment) ==
        kInvalid +
            "Could not unzip uploaded file. Please check your file, then try to upload again.");
  CHECK(error_of(code).find("AWS_ENDPOINT_URL_S3") != std::string::npos);
}

TEST_CASE("code: a path of this machine") {
  const TemporaryDirectory directory;
  directory.write("src/app.py", "1");
  directory.write("code.zip", test::make_zip({{"app.py", "1"}}));
  const auto local = [](const fs::path& path) {
    return Json{{"S3Bucket", "klambda-local"}, {"S3Key", path.string()}};
  };
  PackageStore packages(std::nullopt);
  const auto in_place = fetch_code(local(directory.path() / "src" / ""), packages, nothing_set);
  CHECK(in_place.kind == FunctionCode::Kind::Directory);
  CHECK(in_place.directory == (directory.path() / "src").string());
  CHECK(in_place.sha256.size() == 44);
  CHECK(fetch_code(local(directory.path() / "code.zip"), packages, nothing_set).kind ==
        FunctionCode::Kind::Package);
  const auto layer = fetch_package(local(directory.path() / "src"), packages, nothing_set);
  CHECK(fs::exists(layer.directory / "app.py"));
  CHECK(error_of(local("src")).find("must be an absolute path") != std::string::npos);
  CHECK(error_of(local("/no/such/path")).find("does not exist") != std::string::npos);
}

TEST_CASE("code: what is no code is refused as AWS does") {
  CHECK(error_of(Json::object()) == kInvalid + "Please provide a source for function code.");
  CHECK(error_of({{"ZipFile", "UEs="}, {"S3Bucket", "b"}}) ==
        kInvalid + "Please do not provide other FunctionCode parameters when providing a ZipFile.");
  CHECK(error_of({{"ZipFile", ""}}) == kInvalid + "Uploaded file must be a non-empty zip");
  CHECK(error_of({{"ZipFile", "UEsx"}}) ==
        kInvalid +
            "Could not unzip uploaded file. Please check your file, then try to upload again.");
  CHECK(error_of({{"ZipFile", "$"}}).starts_with("SerializationException: "));
  CHECK(error_of({{"ImageUri", "x"}, {"S3Key", "k"}}) ==
        kInvalid +
            "Please do not provide other FunctionCode parameters when providing an ImageUri.");
  CHECK(error_of({{"ZipFile", base64_encode(std::string(52'428'800, 'x'))}}) ==
        "RequestEntityTooLargeException: Zipped size must be smaller than 52428800 bytes");
}

TEST_CASE("code: a template's zip and layers are unpacked") {
  const TemporaryDirectory directory;
  PackageStore packages(std::nullopt);
  FunctionConfig config;
  config.name = "orders";
  config.where = "t.yaml:3";
  config.code_dir = directory.write("code.zip", test::make_zip({{"app.py", "1"}}));
  directory.write("layer/python/a.py", "1");
  config.layers = {directory.path() / "layer",
                   directory.write("b.zip", test::make_zip({{"python/b.py", "2"}}))};
  const auto unpacked = with_code_unpacked(config, packages);
  CHECK(fs::exists(unpacked.code_dir / "app.py"));
  CHECK(fs::exists(unpacked.opt_dir / "python" / "a.py"));
  CHECK(fs::exists(unpacked.opt_dir / "python" / "b.py"));
  config.code_dir = directory.write("bad.zip", "no zip");
  try {
    with_code_unpacked(config, packages);
    FAIL("it was unpacked");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()).starts_with("t.yaml:3: code of function orders: Could not"));
  }
  config.inline_code = InlineCode{"index.py", "import os\n"};
  const auto made = with_code_unpacked(config, packages);
  CHECK(fs::file_size(made.code_dir / "index.py") == 10);
  config.inline_code.reset();
  config.code_dir = directory.path() / "layer";
  config.layers.clear();
  const auto as_it_is = with_code_unpacked(config, packages);
  CHECK(as_it_is.code_dir == directory.path() / "layer");
  CHECK(as_it_is.opt_dir.empty());
}
