#include "tests/fuzz/api_rig.h"

#include <utility>

#include "emulator/catalog/deployer.h"
#include "emulator/catalog/dispatcher.h"
#include "emulator/catalog/event_queue.h"
#include "emulator/catalog/layers.h"
#include "emulator/catalog/mappings.h"
#include "emulator/control/account.h"
#include "emulator/control/admission.h"
#include "emulator/control/advance_time.h"
#include "emulator/control/aliases.h"
#include "emulator/control/batches.h"
#include "emulator/control/code_links.h"
#include "emulator/control/concurrency.h"
#include "emulator/control/event_invoke_config.h"
#include "emulator/control/event_source_mappings.h"
#include "emulator/control/function_url.h"
#include "emulator/control/function_url_config.h"
#include "emulator/control/functions.h"
#include "emulator/control/invoke.h"
#include "emulator/control/invoke_streaming.h"
#include "emulator/control/kept_configs.h"
#include "emulator/control/layers.h"
#include "emulator/control/other_operations.h"
#include "emulator/control/permissions.h"
#include "emulator/control/status.h"
#include "emulator/control/tags.h"
#include "emulator/control/versions.h"
#include "tests/fuzz/verdict.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/fake_mappings.h"
#include "tests/support/fake_record_sink.h"

namespace emulator::fuzz {

class ApiRig::Impl {
 public:
  Impl()
      : dispatcher_(functions_, options()),
        events_(
            functions_, clock_,
            [this](const std::string& function, const std::string& qualifier,
                   InvocationRequest request, Invoker::Done done) {
              dispatcher_.invoke(dispatcher_.resolve(function, qualifier), std::move(request),
                                 std::move(done));
            },
            [](const DestinationName&) { return std::make_unique<test::FakeRecordSink>(); }, {}),
        deployer_(functions_, [](const auto&) {}) {
    mappings_.start();
    add_functions(router_, {functions_, packages_, layers_, links_});
    add_event_source_mappings(router_, {mappings_, starter_, functions_, Strictness::Lenient});
    add_invoke(router_, dispatcher_, events_);
    add_invoke_streaming(router_, dispatcher_);
    add_function_url(router_, dispatcher_, {});
    add_function_url_config(router_, functions_);
    add_versions(router_, functions_);
    add_aliases(router_, functions_);
    add_concurrency(router_, functions_);
    add_event_invoke_config(router_, functions_);
    add_permissions(router_, functions_);
    add_kept_configs(router_, functions_);
    add_account(router_, functions_);
    add_layers(router_, layers_, packages_, links_);
    add_tags(router_, {function_tags(functions_), mapping_tags(mappings_)});
    add_code_links(router_, links_, packages_);
    add_status(router_, [this] { return status(); });
    add_health(router_, [] { return true; });
    add_batches(router_, [] { return std::vector<MappingBatches>(); });
    add_advance_time(router_, [](std::chrono::milliseconds by) { return by.count(); });
    add_other_operations(router_);
    router_.set_checks({[](const runtime_api::HttpExchange& exchange) {
                          refuse_foreign_host(exchange, "127.0.0.1");
                        },
                        refuse_foreign_page,
                        {}});
  }
  ~Impl() {
    events_.stop();
    mappings_.request_finish();
    mappings_.abandon();
    mappings_.finish();
    deployer_.stop();
    dispatcher_.stop();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  runtime_api::HttpResponse answer(const ApiCall& call) {
    auto headers = call.headers;
    headers.emplace_back("Host", "localhost:3001");
    ::test::FakeExchange exchange(call.method, call.target, call.body, std::move(headers));
    if (call.body.size() > router_.body_limit_bytes(exchange)) return router_.too_large(exchange);
    auto response = router_.answer(exchange);
    return exchange.late ? *std::move(exchange.late) : std::move(response);
  }

 private:
  static Dispatcher::Options options() {
    Dispatcher::Options options;
    options.plan = [](const FunctionConfig&) -> LaunchPlan { throw ConfigError(kNoRuntime); };
    return options;
  }
  Status status() const {
    Status status;
    status.version = "1.2.3";
    for (const auto& function : functions_.all())
      status.functions.push_back({function, dispatcher_.activity(function->name())});
    return status;
  }

  FunctionCatalog functions_;
  LayerCatalog layers_;
  PackageStore packages_{std::nullopt};
  CodeLinks links_;
  Dispatcher dispatcher_;
  SystemClock clock_;
  EventQueue events_;
  Deployer deployer_;
  test::FakeStarter starter_;
  Mappings mappings_{starter_, {}};
  Router router_;
};

ApiRig::ApiRig() : impl_(std::make_unique<Impl>()) {}
ApiRig::~ApiRig() = default;

runtime_api::HttpResponse ApiRig::answer(const ApiCall& call) {
  return impl_->answer(call);
}

}  // namespace emulator::fuzz
