#include "emulator/config/access_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <utility>

#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr std::string_view kAccess = "SourceAccessConfigurations";
constexpr std::string_view kRegistry = "SchemaRegistryConfig";
// docs.aws.amazon.com/lambda/latest/api/API_SourceAccessConfiguration.html
constexpr std::size_t kUriMax = 200;

enum class Role { Login, Trust, Network };

struct TypeRule {
  AccessType type;
  std::string_view name;
  Role role;
  bool of_msk;
  bool of_registry;
};

constexpr std::array kTypes = std::to_array<TypeRule>({
    {AccessType::BasicAuth, "BASIC_AUTH", Role::Login, false, true},
    {AccessType::SaslScram256Auth, "SASL_SCRAM_256_AUTH", Role::Login, false, false},
    {AccessType::SaslScram512Auth, "SASL_SCRAM_512_AUTH", Role::Login, true, false},
    {AccessType::ClientCertificateTlsAuth, "CLIENT_CERTIFICATE_TLS_AUTH", Role::Login, true, true},
    {AccessType::ServerRootCaCertificate, "SERVER_ROOT_CA_CERTIFICATE", Role::Trust, false, true},
    {AccessType::VpcSubnet, "VPC_SUBNET", Role::Network, false, false},
    {AccessType::VpcSecurityGroup, "VPC_SECURITY_GROUP", Role::Network, false, false},
});

const TypeRule* find_rule(std::string_view name) {
  const auto* const rule = std::find_if(kTypes.begin(), kTypes.end(),
                                        [&](const TypeRule& one) { return one.name == name; });
  return rule == kTypes.end() ? nullptr : rule;
}

// Who asks for access, and which types that may be.
struct Place {
  std::string parameter;
  std::string_view who;
  bool (*takes)(const TypeRule&);
  // SAM's transformation says them of self-managed clusters alone.
  std::string_view sam_of_type = {};
  std::string_view sam_of_logins = {};
};

Place place_of(EventSourceKind kind) {
  if (kind == EventSourceKind::Msk)
    return {std::string(kAccess), "an MSK cluster", [](const TypeRule& r) { return r.of_msk; }};
  return {std::string(kAccess), "a self-managed cluster", [](const TypeRule&) { return true; },
          "Invalid SourceAccessConfigurations Type provided for self managed kafka event.",
          "Multiple auth mechanism properties specified in SourceAccessConfigurations for self "
          "managed kafka event."};
}

Place registry_place() {
  return {std::string(kRegistry) + ".AccessConfigs", "a schema registry",
          [](const TypeRule& r) { return r.of_registry; }};
}

std::vector<std::string> types_of(const Place& place) {
  std::vector<std::string> names;
  for (const auto& rule : kTypes) {
    if (place.takes(rule)) names.emplace_back(rule.name);
  }
  return names;
}

// One entry, alone.
void check_entry(const Place& place, const AccessRequest& entry,
                 std::vector<Violation>& violations) {
  const auto* const rule = find_rule(entry.type);
  if (rule == nullptr || !place.takes(*rule)) {
    const auto types = types_of(place);
    violations.push_back({place.parameter,
                          "has the type \"" + entry.type + "\"" + did_you_mean(entry.type, types),
                          std::string(place.who) + " takes " + join(types, ", "),
                          {},
                          std::string(place.sam_of_type)});
    return;
  }
  if (!entry.uri) {
    const bool secret = rule->role != Role::Network;
    violations.push_back(
        {place.parameter,
         "has " + entry.type + " without a URI",
         secret ? "name the secret, by its ARN or its name" : "name the network's part, as on AWS",
         {},
         {}});
  } else if (entry.uri->size() > kUriMax) {
    violations.push_back({place.parameter,
                          "has a URI of " + std::to_string(entry.uri->size()) + " characters",
                          "AWS takes at most 200",
                          {},
                          {}});
  }
}

void check_repetitions(const Place& place, const std::vector<AccessRequest>& entries,
                       std::vector<Violation>& violations) {
  std::set<std::string> seen;
  for (const auto& entry : entries) {
    const auto* const rule = find_rule(entry.type);
    if (rule == nullptr || rule->role == Role::Network || seen.insert(entry.type).second) continue;
    violations.push_back({place.parameter, "has " + entry.type + " twice", "keep one", {}, {}});
  }
}

// That the API refuses several logins too, and of MSK clusters, is an inference from SAM.
void check_logins(const Place& place, const std::vector<AccessRequest>& entries,
                  std::vector<Violation>& violations) {
  std::vector<std::string> logins;
  for (const auto& entry : entries) {
    const auto* const rule = find_rule(entry.type);
    if (rule == nullptr || rule->role != Role::Login) continue;
    if (std::find(logins.begin(), logins.end(), entry.type) == logins.end())
      logins.push_back(entry.type);
  }
  if (logins.size() < 2) return;
  violations.push_back({place.parameter,
                        "has " + join(logins, " and "),
                        "a mapping logs in one way, keep one of them",
                        {},
                        std::string(place.sam_of_logins)});
}

bool is_glue(std::string_view uri) {
  return starts_with(uri, "arn:");
}

// Of an ARN "arn:aws:glue:REGION:ACCOUNT:registry/NAME"; empty for any other text.
std::vector<std::string> glue_parts(const std::string& uri) {
  const std::string_view registry = "registry/";
  auto parts = split(uri, ':');
  const bool fits = parts.size() == 6 && parts[0] == "arn" && parts[2] == "glue" &&
                    starts_with(parts[5], registry) && parts[5] != registry;
  return fits ? std::move(parts) : std::vector<std::string>();
}

bool is_web_address(const std::string& uri) {
  if (!starts_with(uri, "http://") && !starts_with(uri, "https://")) return false;
  const auto host = uri.find("://") + 3;
  return host < uri.size() && uri[host] != '/' && uri[host] != ':';
}

class RegistryChecker {
 public:
  explicit RegistryChecker(const SchemaRegistryRequest& registry) : registry_(registry) {}

  std::vector<Violation> check() {
    address();
    format();
    attributes();
    access();
    return std::move(violations_);
  }

 private:
  void add(std::string_view member, std::string problem, std::string remedy,
           std::string aws_message = {}) {
    violations_.push_back({std::string(kRegistry) + "." + std::string(member),
                           std::move(problem),
                           std::move(remedy),
                           std::move(aws_message),
                           {}});
  }

  void address() {
    const auto& uri = registry_.uri;
    if (is_web_address(uri) || !glue_parts(uri).empty()) return;
    add("SchemaRegistryURI", uri.empty() ? "is missing" : "is \"" + uri + "\"",
        "write https://HOST:PORT, or the ARN of a Glue registry",
        "Malformed SchemaRegistryURI provided. Please provide a valid URI or ARN. For example, "
        "https://schema-registry.example.com:8081 or "
        "arn:aws:glue:us-east-1:123456789012:registry/ExampleRegistry.");
  }

  void format() {
    const std::string_view member = "EventRecordFormat";
    const std::string remedy = "it must be JSON or SOURCE";
    if (!registry_.format)
      return add(member, "is missing", remedy,
                 "EventRecordFormat is a required field for SchemaRegistryConfig. Please provide "
                 "one of supported format types: SOURCE, JSON.");
    if (*registry_.format != "JSON" && *registry_.format != "SOURCE")
      add(member, "is \"" + *registry_.format + "\"", remedy);
  }

  // The documentation prints the text once for KEY and once for VALUE.
  void attributes() {
    const std::string_view member = "SchemaValidationConfigs";
    if (registry_.attributes.empty())
      add(member, "is missing", "list what to decode, for instance [{Attribute: VALUE}]",
          "SchemaValidationConfigs is a required field for SchemaRegistryConfig.");
    std::set<std::string> seen;
    for (const auto& attribute : registry_.attributes) {
      if (attribute != "KEY" && attribute != "VALUE") {
        add(member, "has \"" + attribute + "\"", "an Attribute is KEY or VALUE");
      } else if (!seen.insert(attribute).second) {
        add(member, "has " + attribute + " twice", "keep one",
            "Duplicate " + attribute +
                " Attribute in SchemaValidationConfigs. SchemaValidationConfigs must contain at "
                "most one " +
                attribute + " Attribute.");
      }
    }
  }

  void access() {
    if (is_glue(registry_.uri) && !registry_.access.empty())  // the wording is an inference
      return add("AccessConfigs", "is given for a Glue registry", "leave it out",
                 "AccessConfigs is not supported for an AWS Glue Schema Registry.");
    const auto place = registry_place();
    for (const auto& entry : registry_.access) check_entry(place, entry, violations_);
    check_repetitions(place, registry_.access, violations_);
  }

  const SchemaRegistryRequest& registry_;
  std::vector<Violation> violations_;
};

}  // namespace

std::optional<AccessType> parse_access_type(std::string_view text) {
  const auto* const rule = find_rule(text);
  if (rule == nullptr) return std::nullopt;
  return rule->type;
}

std::string_view to_string(AccessType type) {
  return std::find_if(kTypes.begin(), kTypes.end(),
                      [&](const TypeRule& rule) { return rule.type == type; })
      ->name;
}

std::vector<Violation> check_source_access(const MappingRequest& request) {
  std::vector<Violation> violations;
  if (!request.source_access) return violations;
  const auto place = place_of(request.kind);
  for (const auto& entry : *request.source_access) check_entry(place, entry, violations);
  check_repetitions(place, *request.source_access, violations);
  check_logins(place, *request.source_access, violations);
  return violations;
}

std::vector<Violation> check_network_access(const MappingRequest& request) {
  if (!request.source_access) return {};
  const auto has = [&](std::string_view type) {
    return std::any_of(request.source_access->begin(), request.source_access->end(),
                       [&](const AccessRequest& entry) { return entry.type == type; });
  };
  const std::string subnet = "VPC_SUBNET";
  const std::string group = "VPC_SECURITY_GROUP";
  if (has(subnet) == has(group)) return {};
  return {{std::string(kAccess),
           "has " + (has(subnet) ? subnet + " without " + group : group + " without " + subnet),
           "give both, or leave out --strict",
           {},
           "VPC_SUBNET and VPC_SECURITY_GROUP in SourceAccessConfigurations for SelfManagedKafka "
           "must be both provided."}};
}

std::vector<Violation> check_schema_registry(const MappingRequest& request) {
  if (!request.schema_registry) return {};
  return RegistryChecker(*request.schema_registry).check();
}

std::vector<Violation> check_registry_mode(const MappingRequest& request) {
  if (!request.schema_registry || request.provisioned) return {};
  return {{std::string(kRegistry),
           "is only for provisioned mode",
           "add ProvisionedPollerConfig, or leave out --strict",
           "SchemaRegistryConfig is only available for Provisioned Mode. To configure Schema "
           "Registry, please enable Provisioned Mode by specifying MinimumPollers in "
           "ProvisionedPollerConfig.",
           {}}};
}

std::vector<Violation> check_registry_of_api(const MappingRequest& request) {
  auto violations = check_registry_mode(request);
  if (!request.schema_registry) return violations;
  const auto parts = glue_parts(request.schema_registry->uri);
  if (parts.empty()) return violations;
  const auto add = [&](const char* what, const std::string& remedy, const char* aws) {
    violations.push_back({std::string(kRegistry) + ".SchemaRegistryURI", what, remedy, aws, {}});
  };
  if (parts[4] != kAccountId)
    add("is of another account", std::string("klambda's account is ") + kAccountId,
        "Cross-account Glue Schema Registry ARN not supported.");
  if (parts[3] != kRegion)
    add("is of another region", std::string("klambda's region is ") + kRegion,
        "Cross-region Glue Schema Registry ARN not supported.");
  return violations;
}

}  // namespace emulator
