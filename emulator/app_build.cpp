// What App builds before anything runs: brokers, functions, destinations, mappings.
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emulator/app.h"
#include "emulator/catalog/code_source.h"
#include "emulator/catalog/mapping_settings.h"
#include "emulator/catalog/package_use.h"
#include "emulator/catalog/template_function.h"
#include "emulator/config/utc.h"
#include "emulator/destination/make_sink.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

// A function that others depend on: it is the only one, or a topic triggers it.
bool must_run(const Application& application, const FunctionConfig& function) {
  const auto& mappings = application.mappings;
  return application.functions.size() == 1 ||
         std::any_of(mappings.begin(), mappings.end(), [&](const MappingConfig& mapping) {
           return mapping.function_name == function.name;
         });
}

Function failed(const Function& function, const std::string& reason) {
  constexpr const char* kCode = "InvalidConfiguration";
  Function next = function;
  next.latest.deployment = {"Failed", reason, kCode, "Failed", reason, kCode};
  return next;
}

}  // namespace

// Where what cannot be sent to an AWS service is written.
std::filesystem::path App::destinations_directory() const {
  return application_.directory / ".klambda" / "destinations";
}

void App::run_event(const std::string& function, const std::string& qualifier,
                    InvocationRequest request, Invoker::Done done) {
  dispatcher_.invoke(dispatcher_.resolve(function, qualifier), std::move(request), std::move(done));
}

std::unique_ptr<RecordSink> App::event_sink(const DestinationName& destination) const {
  SinkSettings settings;
  settings.region = kRegion;
  settings.files_directory = destinations_directory();
  return make_sink(destination, settings);
}

void App::choose_kafka() {
  std::vector<std::string> produced;
  for (const auto& [topic, file] : options_.produce) produced.push_back(topic);
  for (const auto& mapping : application_.mappings) mapping_factory_.check(mapping);
  for (const auto& mapping : application_.mappings) mapping_factory_.prepare_brokers(mapping);
  mapping_factory_.prepare_topics(produced);
}

void App::make_functions() {
  layers_.load();
  catalog_.load();
  // Before a function of the template takes the place of one that is kept.
  sweep_packages(packages_, catalog_, layers_);
  std::set<std::string> left_out;
  for (auto& config : application_.functions) {
    config = with_code_unpacked(std::move(config), packages_);
    const auto function = catalog_.change(config.name, [&](const Function* kept) {
      if (kept != nullptr) {
        log::warn("{}: function {} takes the place of the one in {} while klambda runs",
                  config.where, config.name, options_.state_dir.string());
      }
      return from_template(config);
    });
    try {
      dispatcher_.prepare(function->latest);
    } catch (const ConfigError& error) {
      if (must_run(application_, config)) throw;
      log::warn("{}: it is left out, no topic triggers it", error.what());
      catalog_.change(config.name,
                      [&](const Function* present) { return failed(*present, error.what()); });
      left_out.insert(config.name);
    }
  }
  std::erase_if(application_.functions,
                [&](const FunctionConfig& config) { return left_out.contains(config.name); });
  // Nobody edits code while a run goes towards its end.
  if (!options_.until_drained) hot_reload_.emplace(catalog_);
  deployer_.resume();
}

void App::make_mappings() {
  for (const auto& config : application_.mappings) {
    if (catalog_.find(config.function_name) == nullptr)
      throw ConfigError(config.where + ": there is no function " + config.function_name);
    mappings_.add(mapping_of_template(config, epoch_ms_now()));
  }
  mappings_.load();
}

}  // namespace emulator
