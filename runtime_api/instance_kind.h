// Whether an execution environment has one invocation at a time, as everywhere, or several
// (docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html).
#pragma once

namespace runtime_api {

enum class InstanceKind { Default, Managed };

}  // namespace runtime_api
