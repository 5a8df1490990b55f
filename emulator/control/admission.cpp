#include "emulator/control/admission.h"

#include "emulator/aws/sigv4_verify.h"
#include "emulator/catalog/api_error.h"
#include "emulator/config/host_name.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"
#include "emulator/control/query.h"

namespace emulator {
namespace {

bool is_this_machine(const std::string& host) {
  return host == "localhost" || ends_with(host, ".localhost") || is_loopback_address(host);
}

bool is_known_as(const std::string& host, const std::string& bound_host) {
  if (is_this_machine(host) || host == lower_case(bound_host)) return true;
  if (is_this_machine(lower_case(bound_host))) return false;
  return is_ip_address(host) || is_private_name(host);
}

}  // namespace

void refuse_foreign_host(const runtime_api::HttpExchange& exchange, const std::string& bound_host) {
  const std::string host(exchange.header("Host").value_or(""));
  if (!is_known_as(split_host_port(host).host, bound_host)) {
    throw access_denied("klambda does not answer for the host '" + host +
                        "', which may be any web page's: call it as localhost or by its address, "
                        "or start it with that name as --host");
  }
}

void refuse_foreign_page(const runtime_api::HttpExchange& exchange) {
  const std::string host(exchange.header("Host").value_or(""));
  // docs: fetch.spec.whatwg.org, "Origin header"; w3.org/TR/fetch-metadata, "Sec-Fetch-Site"
  if (const auto origin = exchange.header("Origin");
      origin && lower_case(*origin) != "http://" + lower_case(host)) {
    throw access_denied("klambda does not answer web pages of other origins, as '" +
                        std::string(*origin) + "'");
  }
  if (exchange.header("Sec-Fetch-Site") == "cross-site")
    throw access_denied("klambda does not answer web pages of other sites");
}

void refuse_unsigned(const runtime_api::HttpExchange& exchange, const AwsCredentials& key) {
  const ReceivedRequest request{
      exchange.method(), exchange.path(), query_pairs(exchange.query()),
      [&exchange](std::string_view name) { return exchange.header(name); }, exchange.body()};
  const auto problem = find_signature_problem(request, key, "lambda", epoch_ms_now() / 1'000);
  if (problem) throw signature_refused(problem->type, problem->message);
}

std::function<void(const runtime_api::HttpExchange&)> require_signature(
    const std::optional<AwsCredentials>& key) {
  if (!key) return {};
  return
      [key = *key](const runtime_api::HttpExchange& exchange) { refuse_unsigned(exchange, key); };
}

}  // namespace emulator
