#include "emulator/catalog/code_source.h"

#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/template_function.h"
#include "emulator/config/digest.h"
#include "emulator/package/base64.h"
#include "emulator/package/zip_archive.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

std::string text_member(const Json& code, const char* name) {
  const auto member = code.find(name);
  return member != code.end() && member->is_string() ? member->get<std::string>() : std::string();
}

// A path of this machine that S3Bucket klambda-local names; nullopt: another bucket, or none.
std::optional<fs::path> local_path(const Json& code) {
  if (text_member(code, "S3Bucket") != kLocalBucket) return std::nullopt;
  const fs::path path = text_member(code, "S3Key");
  if (!path.is_absolute()) {
    throw invalid_parameter_value("S3Key '" + path.string() + "' of the bucket " + kLocalBucket +
                                  " must be an absolute path of this machine");
  }
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw invalid_parameter_value("S3Key '" + path.string() + "' of the bucket " + kLocalBucket +
                                  " does not exist on this machine");
  }
  auto normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();  // "/code/" is "/code"
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad())
    throw invalid_parameter_value("klambda cannot read " + path.string());
  return bytes;
}

std::string download(const Json& code, const Environment& environment) {
  const S3Object object{text_member(code, "S3Bucket"), text_member(code, "S3Key"),
                        text_member(code, "S3ObjectVersion")};
  auto answer = get_s3_object(object, environment);
  if (auto* bytes = std::get_if<std::string>(&answer)) return std::move(*bytes);
  // Worded as AWS does (seen from CreateFunction).
  const std::string failed = "Error occurred while GetObject. S3 Error Code: ";
  const auto& failure = std::get<S3Failure>(answer);
  switch (failure.kind) {
    case S3Failure::Kind::NoSuchKey:
      throw invalid_parameter_value(
          failed + "NoSuchKey. S3 Error Message: The specified key does not exist.");
    case S3Failure::Kind::NoSuchBucket:
      throw invalid_parameter_value(
          failed + "NoSuchBucket. S3 Error Message: The specified bucket does not exist");
    case S3Failure::Kind::NoEndpoint:
      throw invalid_parameter_value(
          failed + "NoSuchBucket. S3 Error Message: The specified bucket does not exist (" +
          failure.text + ")");
    case S3Failure::Kind::Other:
      break;
  }
  throw invalid_parameter_value("Error occurred while GetObject. " + failure.text);
}

Package add_package(PackageStore& packages, std::string_view zip, PackageStore::Origin origin) {
  try {
    return packages.add(zip, origin);
  } catch (const PackageError& error) {
    if (error.kind == PackageError::Kind::ZippedTooLarge)
      throw request_entity_too_large(error.what());
    throw invalid_parameter_value(error.what());
  }
}

// nullopt: a directory of this machine.
std::optional<Package> find_package(const Json& code, PackageStore& packages,
                                    const Environment& environment) {
  using Origin = PackageStore::Origin;
  // Of a layer; a function's is fetch_code's.
  if (!text_member(code, "ImageUri").empty())
    throw invalid_parameter_value("Please provide a source for function code.");
  const auto zip_file = code.find("ZipFile");
  const bool in_request = zip_file != code.end() && zip_file->is_string();
  const bool in_bucket = code.contains("S3Bucket") || code.contains("S3Key");
  if (in_request && in_bucket) {
    throw invalid_parameter_value(
        "Please do not provide other FunctionCode parameters when providing a ZipFile.");
  }
  if (in_request) {
    const auto bytes = base64_decode(zip_file->get_ref<const std::string&>());
    if (!bytes) throw serialization_error("ZipFile is not base64");
    return add_package(packages, *bytes, Origin::Request);
  }
  if (!in_bucket) throw invalid_parameter_value("Please provide a source for function code.");
  const auto local = local_path(code);
  if (!local) return add_package(packages, download(code, environment), Origin::S3);
  if (fs::is_directory(*local)) return std::nullopt;
  return add_package(packages, read_file(*local), Origin::S3);
}

}  // namespace

FunctionCode fetch_code(const Json& code, PackageStore& packages, const Environment& environment) {
  if (const auto image = text_member(code, "ImageUri"); !image.empty()) {
    if (code.contains("ZipFile") || code.contains("S3Bucket") || code.contains("S3Key")) {
      throw invalid_parameter_value(
          "Please do not provide other FunctionCode parameters when providing an ImageUri.");
    }
    return code_in_image(image);
  }
  FunctionCode fetched;
  if (const auto package = find_package(code, packages, environment)) {
    fetched.kind = FunctionCode::Kind::Package;
    fetched.sha256 = package->sha256;
    fetched.size_bytes = package->size_bytes;
    fetched.directory = package->directory.string();
    return fetched;
  }
  fetched.kind = FunctionCode::Kind::Directory;
  fetched.directory = local_path(code)->string();
  fetched.sha256 = base64_encode(sha256(fetched.directory));
  return fetched;
}

Package fetch_package(const Json& content, PackageStore& packages, const Environment& environment) {
  if (auto package = find_package(content, packages, environment)) return *std::move(package);
  std::string zip;
  try {
    zip = zip_directory(*local_path(content));
  } catch (const std::runtime_error& error) {
    throw invalid_parameter_value(error.what());
  }
  return add_package(packages, zip, PackageStore::Origin::S3);
}

FunctionConfig with_code_unpacked(FunctionConfig config, PackageStore& packages) {
  const auto local = [](const fs::path& path) {
    return Json{{"S3Bucket", kLocalBucket}, {"S3Key", path.string()}};
  };
  std::error_code ignored;
  try {
    if (config.package_type == PackageType::Image) return config;
    if (config.inline_code) {
      const auto zip = zip_of_file(config.inline_code->file, config.inline_code->text);
      config.code_dir = add_package(packages, zip, PackageStore::Origin::Request).directory;
    } else if (fs::is_regular_file(config.code_dir, ignored)) {
      config.code_dir = fetch_code(local(config.code_dir), packages).directory;
    }
    std::vector<std::string> layers;
    for (const auto& layer : config.layers)
      layers.push_back(fetch_package(local(layer), packages).sha256);
    if (!layers.empty()) config.opt_dir = packages.opt_directory(layers);
  } catch (const std::runtime_error& error) {
    throw ConfigError(config.where + ": code of function " + config.name + ": " + error.what());
  }
  return config;
}

}  // namespace emulator
