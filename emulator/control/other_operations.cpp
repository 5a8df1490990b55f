#include "emulator/control/other_operations.h"

#include <string_view>

namespace emulator {
namespace {

struct OtherOperation {
  std::string_view method;
  std::string_view path;
  std::string_view name;
};

// As the API's model has them (botocore's service-2.json, 2015-03-31).
constexpr OtherOperation kOtherOperations[] = {
    {"GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy",
     "GetLayerVersionPolicy"},
    {"POST", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy",
     "AddLayerVersionPermission"},
    {"DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}",
     "RemoveLayerVersionPermission"},
    {"DELETE", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
     "DeleteProvisionedConcurrencyConfig"},
    {"GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
     "GetProvisionedConcurrencyConfig"},
    {"GET", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL",
     "ListProvisionedConcurrencyConfigs"},
    {"PUT", "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
     "PutProvisionedConcurrencyConfig"},
    {"GET", "/2020-04-22/code-signing-configs", "ListCodeSigningConfigs"},
    {"POST", "/2020-04-22/code-signing-configs", "CreateCodeSigningConfig"},
    {"DELETE", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}",
     "DeleteCodeSigningConfig"},
    {"GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", "GetCodeSigningConfig"},
    {"PUT", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", "UpdateCodeSigningConfig"},
    {"GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions",
     "ListFunctionsByCodeSigningConfig"},
    {"DELETE", "/2020-06-30/functions/{FunctionName}/code-signing-config",
     "DeleteFunctionCodeSigningConfig"},
    {"PUT", "/2020-06-30/functions/{FunctionName}/code-signing-config",
     "PutFunctionCodeSigningConfig"},
    {"GET", "/2025-11-30/capacity-providers", "ListCapacityProviders"},
    {"POST", "/2025-11-30/capacity-providers", "CreateCapacityProvider"},
    {"DELETE", "/2025-11-30/capacity-providers/{CapacityProviderName}", "DeleteCapacityProvider"},
    {"GET", "/2025-11-30/capacity-providers/{CapacityProviderName}", "GetCapacityProvider"},
    {"PUT", "/2025-11-30/capacity-providers/{CapacityProviderName}", "UpdateCapacityProvider"},
    {"GET", "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions",
     "ListFunctionVersionsByCapacityProvider"},
    {"GET", "/2025-11-30/functions/{FunctionName}/function-scaling-config",
     "GetFunctionScalingConfig"},
    {"PUT", "/2025-11-30/functions/{FunctionName}/function-scaling-config",
     "PutFunctionScalingConfig"},
    {"POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail",
     "SendDurableExecutionCallbackFailure"},
    {"POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat",
     "SendDurableExecutionCallbackHeartbeat"},
    {"POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed",
     "SendDurableExecutionCallbackSuccess"},
    {"DELETE", "/2025-12-01/durable-executions/{DurableExecutionArn}", "DeleteDurableExecution"},
    {"GET", "/2025-12-01/durable-executions/{DurableExecutionArn}", "GetDurableExecution"},
    {"POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint",
     "CheckpointDurableExecution"},
    {"GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/history",
     "GetDurableExecutionHistory"},
    {"POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/pause", "PauseDurableExecution"},
    {"POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/resume",
     "ResumeDurableExecution"},
    {"GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/state",
     "GetDurableExecutionState"},
    {"POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/stop", "StopDurableExecution"},
    {"GET", "/2025-12-01/functions/{FunctionName}/durable-executions",
     "ListDurableExecutionsByFunction"},
    {"DELETE", "/2026-07-09/resource-policy/{ResourceArn}", "DeleteResourcePolicy"},
    {"GET", "/2026-07-09/resource-policy/{ResourceArn}", "GetResourcePolicy"},
    {"PUT", "/2026-07-09/resource-policy/{ResourceArn}", "PutResourcePolicy"},
};

}  // namespace

void add_other_operations(Router& router) {
  for (const auto& [method, path, name] : kOtherOperations) {
    router.add(method, path, name, [name = name](ApiRequest&) -> runtime_api::HttpResponse {
      throw not_supported(name);
    });
  }
}

}  // namespace emulator
