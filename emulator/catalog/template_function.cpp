#include "emulator/catalog/template_function.h"

#include <string>

#include "emulator/catalog/event_invoke_changes.h"
#include "emulator/catalog/function_settings.h"
#include "emulator/catalog/url_config_changes.h"
#include "emulator/config/digest.h"
#include "emulator/config/utc.h"
#include "emulator/config/uuid.h"
#include "emulator/package/base64.h"

namespace emulator {

FunctionCode code_in_directory(const std::filesystem::path& directory) {
  FunctionCode code;
  code.kind = FunctionCode::Kind::Directory;
  code.directory = directory.string();
  code.sha256 = base64_encode(sha256(code.directory));
  return code;
}

FunctionCode code_in_image(const std::string& uri) {
  FunctionCode code;
  code.kind = FunctionCode::Kind::Image;
  code.image_uri = uri;
  code.sha256 = hex(sha256(uri));
  return code;
}

Function from_template(const FunctionConfig& config) {
  Function function;
  function.origin = Function::Origin::Template;
  function.reserved_concurrency = config.reserved_concurrency;
  FunctionVersion& latest = function.latest;
  latest.settings = template_settings(config);
  latest.code = config.package_type == PackageType::Image ? code_in_image(config.image_uri)
                                                          : code_in_directory(config.code_dir);
  latest.code.opt_directory = config.opt_dir.string();
  latest.last_modified_ms = epoch_ms_now();
  latest.revision_id = random_uuid();
  latest.deployment_id = random_uuid();
  latest.config = config;
  const auto now_ms = latest.last_modified_ms;
  if (config.url)
    function = create_url_config(function, kLatest, url_settings(*config.url), now_ms);
  if (config.event_invoke) {
    // A function that it names may be one that comes later.
    const auto exists = [](const std::string& /*name*/) { return true; };
    function = put_event_invoke(function, kLatest, event_invoke_settings(*config.event_invoke),
                                exists, now_ms);
  }
  return function;
}

}  // namespace emulator
