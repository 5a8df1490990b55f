#include "emulator/aws/endpoint.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "emulator/config/model.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr const char* kCommonVariable = "AWS_ENDPOINT_URL";

struct ServiceNames {
  AwsService service;
  const char* signing;
  const char* variable;
};
constexpr std::array<ServiceNames, 5> kServices{
    {{AwsService::Sqs, "sqs", "AWS_ENDPOINT_URL_SQS"},
     {AwsService::Sns, "sns", "AWS_ENDPOINT_URL_SNS"},
     {AwsService::S3, "s3", "AWS_ENDPOINT_URL_S3"},
     {AwsService::SecretsManager, "secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER"},
     {AwsService::Glue, "glue", "AWS_ENDPOINT_URL_GLUE"}}};

const ServiceNames& names_of(AwsService service) {
  return *std::find_if(kServices.begin(), kServices.end(),
                       [&](const ServiceNames& one) { return one.service == service; });
}

// Set to nothing is not set, as the SDKs have it.
std::string value_of(const Environment& environment, const char* name) {
  return environment(name).value_or("");
}

// Domains of AWS's own endpoints in all partitions.
bool is_real_aws(const std::string& host) {
  constexpr std::array<std::string_view, 4> kDomains{"amazonaws.com", "amazonaws.com.cn", "api.aws",
                                                     "api.amazonwebservices.com.cn"};
  std::string name = lower_case(host);
  while (ends_with(name, ".")) name.pop_back();
  return std::any_of(kDomains.begin(), kDomains.end(), [&](std::string_view domain) {
    return name == domain || ends_with(name, "." + std::string(domain));
  });
}

// docs.aws.amazon.com/general/latest/gr/rande.html
std::string real_host(AwsService service, const std::string& region) {
  const std::string domain = starts_with(region, "cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  return std::string(names_of(service).signing) + "." + region + domain;
}

}  // namespace

std::string signing_name(AwsService service) {
  return names_of(service).signing;
}

std::string variable_name(AwsService service) {
  return names_of(service).variable;
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

std::optional<AwsCredentials> find_credentials(const Environment& environment) {
  AwsCredentials credentials{value_of(environment, "AWS_ACCESS_KEY_ID"),
                             value_of(environment, "AWS_SECRET_ACCESS_KEY"),
                             value_of(environment, "AWS_SESSION_TOKEN")};
  if (credentials.access_key_id.empty() != credentials.secret_access_key.empty())
    throw ConfigError(
        "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set: set both, or neither");
  if (credentials.access_key_id.empty()) return std::nullopt;
  return credentials;
}

std::optional<AwsEndpoint> find_endpoint(AwsService service, const Environment& environment) {
  return find_endpoint(service, environment, RealAws::Refused, {});
}

std::optional<AwsEndpoint> find_endpoint(AwsService service, const Environment& environment,
                                         RealAws real_aws, const std::string& region) {
  std::string variable = variable_name(service);
  std::string text = value_of(environment, variable.c_str());
  if (text.empty()) {
    variable = kCommonVariable;
    text = value_of(environment, kCommonVariable);
  }
  if (text.empty() && real_aws == RealAws::Refused) return std::nullopt;
  if (text.empty()) text = "https://" + real_host(service, region);
  auto url = parse_url(text);
  // The text is not shown: it may hold a password.
  if (!url)
    throw ConfigError(variable +
                      " is no address that klambda can call: write it as "
                      "http://HOST:PORT or https://HOST:PORT, without user or query");
  auto credentials = find_credentials(environment);
  const bool real = is_real_aws(url->host);
  if (real && real_aws == RealAws::Allowed && !credentials)
    throw ConfigError("AWS (" + url->host +
                      ") is asked with a key only: set AWS_ACCESS_KEY_ID and "
                      "AWS_SECRET_ACCESS_KEY");
  if (real && real_aws == RealAws::Refused)
    throw ConfigError(variable + " names AWS itself (" + url->host +
                      "), which klambda never calls: name a local stand-in such as "
                      "http://127.0.0.1:4566, or unset it");
  return AwsEndpoint{service, std::move(*url),
                     std::move(credentials).value_or(AwsCredentials{"test", "test", ""}),
                     value_of(environment, "AWS_CA_BUNDLE")};
}

}  // namespace emulator
