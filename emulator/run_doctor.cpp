#include "emulator/run_doctor.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/config/access_rules.h"
#include "emulator/config/brokers.h"
#include "emulator/config/host_name.h"
#include "emulator/config/template.h"
#include "emulator/config/text.h"
#include "emulator/doctor/at_once.h"
#include "emulator/doctor/check.h"
#include "emulator/doctor/cluster_steps.h"
#include "emulator/doctor/function_look.h"
#include "emulator/doctor/registry_look.h"
#include "emulator/kafka_access.h"
#include "emulator/observe/log.h"
#include "emulator/package/package_store.h"
#include "emulator/registries.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

Marks marks_of_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const auto locale = lower_case(value);
    const bool utf8 = ends_with(locale, "utf-8") || ends_with(locale, "utf8");
    return utf8 ? Marks::Unicode : Marks::Ascii;
  }
  return Marks::Ascii;
}

class Doctor {
 public:
  explicit Doctor(const DoctorCommand& command)
      : command_(command), access_(command.access), packages_(std::nullopt) {
    if (!command.template_file.empty())
      application_ = read_template(command.template_file, command.parameters, Strictness::Lenient,
                                   local_url(ServeOptions().host, ServeOptions().port));
    for (const auto& warning : application_.warnings) log::warn("{}", warning);
  }

  std::vector<Examination> examine();

 private:
  struct Looked {
    const FunctionConfig* function;
    Check check;
  };

  // What a mapping's brokers are, and how they were chosen; ConfigError: they must not be used.
  std::string brokers_of(const MappingConfig& mapping) const {
    return choose_brokers(
        command_.kafka,
        command_.allow_remote_brokers ? RemoteBrokers::Allowed : RemoteBrokers::Refused, mapping);
  }
  std::vector<fs::path> folders() const {
    std::vector<fs::path> found{fs::current_path()};
    if (!application_.directory.empty() && application_.directory != found.front())
      found.insert(found.begin(), application_.directory);
    return found;
  }
  std::string secrets_of(const MappingConfig& mapping) const;
  void examine_cluster(const MappingConfig& mapping, const std::string& brokers,
                       Examination& examination) const;
  void examine(const MappingConfig& mapping, const std::vector<Looked>& functions,
               Examination& examination) const;
  Check look_at_registry_of(const MappingConfig& mapping) const;

  const DoctorCommand& command_;
  const KafkaAccess access_;
  PackageStore packages_;
  Application application_;
};

std::string Doctor::secrets_of(const MappingConfig& mapping) const {
  if (command_.access.plaintext) return {};
  std::vector<std::string> names;
  for (const auto& access : mapping.source_access) {
    if (access.type == AccessType::VpcSubnet || access.type == AccessType::VpcSecurityGroup)
      continue;
    names.push_back(std::string(to_string(access.type)) + " " + access.uri);
  }
  if (names.empty() && command_.access.msk_iam && mapping.kind == EventSourceKind::Msk)
    names.emplace_back("IAM, signed with AWS_ACCESS_KEY_ID");
  return join(names, ", ");
}

void Doctor::examine_cluster(const MappingConfig& mapping, const std::string& brokers,
                             Examination& examination) const {
  look_at_cluster({brokers, mapping.topic, mapping.group(),
                   [&] { return access_.enter(mapping, KafkaAccess::Cluster::Other); },
                   secrets_of(mapping), folders()},
                  examination);
}

void Doctor::examine(const MappingConfig& mapping, const std::vector<Looked>& functions,
                     Examination& examination) const {
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const Looked& looked) {
    return looked.function->name == mapping.function_name;
  });
  examination.look("function", {}, [&] {
    return found != functions.end()
               ? found->check
               : Check::bad(
                     "there is no function " + mapping.function_name,
                     "add it to the template, or correct FunctionName (" + mapping.where + ")");
  });
  std::string brokers;
  examination.look("brokers", {}, [&] {
    try {
      brokers = brokers_of(mapping);
    } catch (const ConfigError& error) {
      return Check::bad_line(error.what(), ": ");
    }
    if (brokers == kEmbeddedBrokers)
      return Check::good("those inside klambda start, which makes the topics itself");
    return Check::good(brokers + (command_.kafka.empty() ? " (" + mapping.where + ")"
                                                         : std::string(" (--kafka)")));
  });
  if (brokers.empty())
    examination.look("cluster", {"brokers"}, [] { return Check::good({}); });
  else if (brokers != kEmbeddedBrokers)
    examine_cluster(mapping, brokers, examination);
  if (mapping.schema_registry)
    examination.look("registry", {}, [&] { return look_at_registry_of(mapping); });
}

Check Doctor::look_at_registry_of(const MappingConfig& mapping) const {
  const auto& options = command_.registries;
  if (!options.schemas.empty()) return look_at_schema_files(options.schemas);
  RegistryLookParts look{access_.secrets(), access_.real_aws()};
  if (!options.registry.empty()) look.settings = {"--registry", "--registry-secret"};
  return look_at_registry(registry_in_place(*mapping.schema_registry, options), mapping.region,
                          look);
}

std::vector<Examination> Doctor::examine() {
  std::vector<Looked> functions;
  for (const auto& function : application_.functions) functions.push_back({&function, {}});
  at_once(functions,
          [this](Looked& looked) { looked.check = look_at_function(*looked.function, packages_); });

  struct Subject {
    const MappingConfig* mapping;
    Examination examination;
  };
  std::vector<Subject> subjects;
  for (const auto& mapping : application_.mappings)
    subjects.push_back({&mapping, Examination(mapping.name + " (" + mapping.where + ")" +
                                              (mapping.enabled ? "" : ", not enabled"))});
  at_once(subjects,
          [&](Subject& subject) { examine(*subject.mapping, functions, subject.examination); });

  std::vector<Examination> examinations;
  for (auto& subject : subjects) examinations.push_back(std::move(subject.examination));
  for (const auto& [function, check] : functions) {
    const auto triggers = [&name = function->name](const MappingConfig& mapping) {
      return mapping.function_name == name;
    };
    const auto& mappings = application_.mappings;
    if (std::any_of(mappings.begin(), mappings.end(), triggers)) continue;
    examinations.emplace_back(function->name + " (" + function->where + "), without a topic");
    examinations.back().look("function", {}, [&found = check] { return found; });
  }
  if (command_.template_file.empty()) {
    examinations.emplace_back(command_.kafka + " (--kafka)");
    examine_cluster(MappingConfig{}, command_.kafka, examinations.back());
  }
  return examinations;
}

}  // namespace

int run_doctor(const DoctorCommand& command) {
  std::signal(SIGPIPE, SIG_IGN);  // a broker may hang up while something is said to it
  const auto examinations = Doctor(command).examine();
  std::cout << (command.output == OutputFormat::AsJson ? as_json(examinations)
                                                       : as_text(examinations, marks_of_locale()))
            << std::flush;
  const bool well = std::all_of(examinations.begin(), examinations.end(),
                                [](const Examination& one) { return one.is_well(); });
  return well ? 0 : 1;
}

}  // namespace emulator
