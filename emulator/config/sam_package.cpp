// What a function's code is: a directory, a zip, or an image. The properties differ between
// AWS::Serverless::Function and AWS::Lambda::Function:
// docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "emulator/config/sam.h"
#include "emulator/config/text.h"

namespace emulator::sam {
namespace {

namespace fs = std::filesystem;

constexpr std::array kCode = std::to_array<Property>({
    {"ImageUri"},
    {"S3Bucket"},
    {"S3Key"},
    {"S3ObjectStorageMode"},
    {"S3ObjectVersion"},
    {"SourceKMSKeyArn"},
    {"ZipFile"},
});

// Where `sam package` and `aws cloudformation package` have left nothing on this machine.
bool is_remote(const std::string& uri) {
  return starts_with(uri, "s3://") || starts_with(uri, "https://");
}

class PackageReader {
 public:
  PackageReader(Kind kind, const Section& resource, const Section& function, const Context& context,
                Function& result)
      : kind_(kind),
        resource_(resource),
        function_(function),
        context_(context),
        result_(result),
        directory_(context.template_file.parent_path()) {}

  void read() {
    // Without a word about it the code is beside the template, as SAM's command line has it.
    result_.config.code_dir = directory_;
    if (result_.config.package_type == PackageType::Image)
      read_image();
    else if (kind_ == Kind::Serverless)
      read_code_uri();
    else
      read_code();
  }

 private:
  void cannot_run(std::string_view property, const std::string& why) {
    result_.keep_reason(context_.diagnostics.at(function_.line_of(property)) + ": " +
                        function_.subject(property) + " " + why);
  }

  void read_image() {
    auto& config = result_.config;
    if (kind_ == Kind::Serverless)
      config.image_uri = function_.text("ImageUri").value_or(built_image());
    else
      function_.within("Code", kCode, [&](const Section& code) {
        config.image_uri = code.text("ImageUri").value_or("");
      });
    if (config.image_uri.empty()) {
      cannot_run("PackageType",
                 "is Image, and no image is named: give it ImageUri, or Metadata with Dockerfile "
                 "and DockerContext and run sam build");
    }
    constexpr std::array kImageConfig =
        std::to_array<Property>({{"Command"}, {"EntryPoint"}, {"WorkingDirectory"}});
    function_.within("ImageConfig", kImageConfig, [&](const Section& image) {
      config.image.command = image.texts("Command").value_or(std::vector<std::string>{});
      config.image.entry_point = image.texts("EntryPoint").value_or(std::vector<std::string>{});
      config.image.working_directory = image.text("WorkingDirectory").value_or("");
    });
  }

  // What `sam build` names the image that it builds; empty: nothing says that it builds one.
  std::string built_image() const {
    const auto metadata = resource_.map("Metadata");
    if (!metadata || metadata->find("DockerContext") == nullptr) return {};
    const Section section("Metadata of " + function_.owner(), *metadata, context_.intrinsics,
                          context_.diagnostics);
    return lower_case(result_.logical_id) + ":" + section.text("DockerTag").value_or("latest");
  }

  void read_code_uri() {
    if (function_.has("InlineCode")) return code_of("InlineCode", function_.text("InlineCode"));
    const auto value = function_.value("CodeUri");
    if (!value) return;
    const auto uri = value->is_scalar() ? function_.text("CodeUri") : std::optional<std::string>();
    if (!uri || is_remote(*uri))
      cannot_run("CodeUri", "points to S3: klambda needs a local directory or zip");
    else
      code_at("CodeUri", *uri);
  }

  // A text is a local path, which `aws cloudformation package` would replace.
  void read_code() {
    const auto value = function_.value("Code");
    if (!value) return;
    if (value->is_scalar()) {
      const auto uri = function_.text("Code").value_or("");
      return is_remote(uri) ? in_s3() : code_at("Code", uri);
    }
    std::optional<std::string> text;
    bool is_inline = false;
    std::optional<fs::path> asset;
    function_.within("Code", kCode, [&](const Section& code) {
      is_inline = code.has("ZipFile");
      text = code.text("ZipFile");
      asset = synthesized_asset(code, context_);
    });
    if (asset)
      code_at("Code", asset->string());
    else if (is_inline)
      code_of("Code", text);
    else
      in_s3();
  }

  void in_s3() {
    cannot_run("Code",
               "points to S3: klambda needs a local directory or zip, Code: ./directory, or the "
               "template as cdk synth writes it, beside its assets");
  }

  // docs aws-properties-lambda-function-code.html, ZipFile: Python and Node.js, in a file called
  // index.
  void code_of(std::string_view property, const std::optional<std::string>& text) {
    const auto& runtime = result_.config.runtime;
    const bool python = starts_with(runtime, "python");
    if (!text) return cannot_run(property, "is not known here: give it a text");
    if (!python && !starts_with(runtime, "nodejs")) {
      cannot_run(property,
                 "is text, which only Python and Node.js run: write the code to a file "
                 "and name its directory with " +
                     std::string(kind_ == Kind::Serverless ? "CodeUri" : "Code"));
      return;
    }
    result_.config.inline_code = InlineCode{python ? "index.py" : "index.js", *text};
  }

  void code_at(std::string_view property, const std::string& uri) {
    auto& code = result_.config.code_dir;
    // A last "/" or "." would otherwise stay as an empty name.
    code = (directory_ / uri / "").lexically_normal().parent_path();
    std::error_code error;
    if (fs::is_directory(code, error)) {
      if (::access(code.c_str(), R_OK | X_OK) != 0)
        cannot_run(property, "is " + uri + ": this user may not read " + code.string());
    } else if (is_archive(code)) {
      return;
    } else if (fs::exists(code, error)) {
      cannot_run(property, "is " + uri +
                               ": that is a file, klambda needs the directory with the unpacked "
                               "code, or a .zip or .jar file");
    } else {
      cannot_run(property, "is " + uri + ": there is no directory " + code.string());
    }
  }

  const Kind kind_;
  const Section& resource_;
  const Section& function_;
  const Context& context_;
  Function& result_;
  const fs::path directory_;
};

}  // namespace

PackageType package_type(Kind kind, const Section& function) {
  const auto package = function.text("PackageType").value_or("Zip");
  if (package != "Zip" && package != "Image")
    function.fail("PackageType", "is \"" + package + "\": it must be Zip or Image");
  if (package == "Image") return PackageType::Image;
  if (kind == Kind::Serverless)
    return function.has("ImageUri") ? PackageType::Image : PackageType::Zip;
  const auto code = function.value("Code");
  return code && code->is_map() && code->find("ImageUri") != nullptr ? PackageType::Image
                                                                     : PackageType::Zip;
}

void read_package(Kind kind, const Section& resource, const Section& properties,
                  const Context& context, Function& function) {
  PackageReader(kind, resource, properties, context, function).read();
}

// It is named after the key: "asset.<hash>" or "asset.<hash>.zip", beside the template or, of a
// stage, one step up.
std::optional<fs::path> synthesized_asset(const Section& in_s3, const Context& context) {
  const auto key = in_s3.text("S3Key");
  if (!key) return std::nullopt;
  const fs::path name = fs::path(*key).filename();
  const fs::path directory = context.template_file.parent_path();
  for (const auto& where : {directory, directory.parent_path()}) {
    for (const auto& each : {name.stem(), name}) {
      auto path = where / ("asset." + each.string());
      std::error_code error;
      if (fs::exists(path, error)) return path;
    }
  }
  return std::nullopt;
}

}  // namespace emulator::sam
