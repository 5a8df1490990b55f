// PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency
// (docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html), and what an account has.
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"

namespace emulator {

// "By default, Lambda provides your account with a total concurrency limit of 1,000", of which 100
// stay unreserved (docs configuration-concurrency.html).
inline constexpr int kAccountConcurrency = 1000;
inline constexpr int kUnreservedConcurrencyMin = 100;

// The concurrency that functions have reserved, but for the one of this name.
int reserved_concurrency(const FunctionCatalog& functions, const std::string& besides = {});

void add_concurrency(Router& router, FunctionCatalog& functions);  // which outlives the router

}  // namespace emulator
