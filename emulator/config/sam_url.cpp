// FunctionUrlConfig: docs.aws.amazon.com/serverless-application-model/latest/developerguide,
// sam-property-function-functionurlconfig.html; and AWS::Lambda::Url:
// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference, aws-resource-lambda-url.html
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/function_resource.h"
#include "emulator/config/sam.h"

namespace emulator::sam {
namespace {

constexpr std::string_view kName = "FunctionUrlConfig";
constexpr std::array kProperties =
    std::to_array<Property>({{"AuthType"}, {"Cors"}, {"InvokeMode"}});
constexpr std::array kCorsProperties = std::to_array<Property>({{"AllowCredentials"},
                                                                {"AllowHeaders"},
                                                                {"AllowMethods"},
                                                                {"AllowOrigins"},
                                                                {"ExposeHeaders"},
                                                                {"MaxAge"}});
constexpr Range kMaxAgeSeconds{0, 86'400};

// Whether a property has the second of its two words; the first one stands where it is not given.
bool has_second(const Section& section, std::string_view name, std::string_view first,
                std::string_view second) {
  const auto word = section.text(name);
  if (!word || *word == first) return false;
  if (*word != second) {
    section.fail(name, "is \"" + *word + "\": it must be " + std::string(first) + " or " +
                           std::string(second));
  }
  return true;
}

UrlCors read_cors(const Section& section) {
  const auto list = [&section](std::string_view name) {
    return section.texts(name).value_or(std::vector<std::string>());
  };
  UrlCors cors;
  cors.allow_origins = list("AllowOrigins");
  cors.allow_methods = list("AllowMethods");
  cors.allow_headers = list("AllowHeaders");
  cors.expose_headers = list("ExposeHeaders");
  cors.allow_credentials = section.boolean("AllowCredentials").value_or(false);
  if (const auto seconds = section.integer("MaxAge", kMaxAgeSeconds))
    cors.max_age_s = static_cast<int>(*seconds);
  return cors;
}

FunctionUrl read_settings(const Section& section) {
  FunctionUrl url;
  if (!section.has("AuthType")) section.fail("AuthType", "is missing: it must be NONE or AWS_IAM");
  if (!has_second(section, "AuthType", "NONE", "AWS_IAM")) url.auth = FunctionUrl::Auth::Anyone;
  if (has_second(section, "InvokeMode", "BUFFERED", "RESPONSE_STREAM"))
    url.invoke_mode = FunctionUrl::InvokeMode::ResponseStream;
  section.within("Cors", kCorsProperties,
                 [&url](const Section& cors) { url.cors = read_cors(cors); });
  return url;
}

}  // namespace

std::optional<FunctionUrl> read_url(const Section& function) {
  std::optional<FunctionUrl> url;
  function.within(kName, kProperties,
                  [&url](const Section& section) { url = read_settings(section); });
  return url;
}

OfFunction<FunctionUrl> read_function_url(const Value::Member& resource, const Context& context) {
  constexpr std::array kResource = std::to_array<Property>(
      {{"TargetFunctionArn"}, {"Qualifier"}, {"AuthType"}, {"Cors"}, {"InvokeMode"}});
  return read_of_function<FunctionUrl>(resource, "AWS::Lambda::Url", "TargetFunctionArn", kResource,
                                       context, read_settings);
}

}  // namespace emulator::sam
