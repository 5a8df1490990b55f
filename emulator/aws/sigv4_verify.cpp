#include "emulator/aws/sigv4_verify.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstddef>

#include "emulator/aws/canonical_request.h"
#include "emulator/config/digest.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"

namespace emulator {
namespace {

constexpr std::int64_t kSkewMaxS = 15 * 60;
constexpr std::size_t kTimeSize = 16;  // "20150830T123600Z"

using Problem = std::optional<SignatureProblem>;

SignatureProblem invalid(std::string message) {
  return {"InvalidSignatureException", std::move(message)};
}

SignatureProblem mismatch() {
  return invalid(
      "The request signature we calculated does not match the signature you provided. Check your "
      "AWS Secret Access Key and signing method. Consult the service documentation for details.");
}

// What the headers say of the signature, in their words.
struct Claim {
  std::string access_key_id;
  CredentialScope scope;
  std::string terminator;
  std::string signed_headers;
  std::string signature;
  std::string time;
};

// The value of one "Name=value" of the Authorization header; empty: it is not there.
std::string parameter(std::string_view authorization, std::string_view name) {
  authorization = trim(authorization);
  if (starts_with(authorization, kSigV4Algorithm))
    authorization.remove_prefix(kSigV4Algorithm.size());
  for (const auto& part : split(authorization, ',')) {
    const auto pair = trim(part);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return std::string(pair.substr(equals + 1));
  }
  return {};
}

// "KEY/20150830/us-east-1/lambda/aws4_request"
bool read_credential(std::string_view text, Claim& claim) {
  std::string* const parts[] = {&claim.access_key_id, &claim.scope.date, &claim.scope.region,
                                &claim.scope.service, &claim.terminator};
  for (std::string* part : parts) {
    const auto slash = text.find('/');
    *part = text.substr(0, slash);
    const bool last = part == &claim.terminator;
    if (last != (slash == std::string_view::npos)) return false;
    text.remove_prefix(last ? text.size() : slash + 1);
  }
  return true;
}

Problem read_claim(const ReceivedRequest& request, Claim& claim) {
  const auto authorization = request.header("Authorization");
  if (!authorization)
    return SignatureProblem{"MissingAuthenticationTokenException", "Missing Authentication Token"};
  const auto credential = parameter(*authorization, "Credential");
  claim.signature = parameter(*authorization, "Signature");
  claim.signed_headers = parameter(*authorization, "SignedHeaders");
  claim.time = trim(request.header("X-Amz-Date").value_or(""));
  std::vector<std::string> missing;
  if (!read_credential(credential, claim))
    missing.emplace_back("Authorization header requires 'Credential' parameter.");
  if (claim.signature.empty())
    missing.emplace_back("Authorization header requires 'Signature' parameter.");
  if (claim.signed_headers.empty())
    missing.emplace_back("Authorization header requires 'SignedHeaders' parameter.");
  if (claim.time.empty())
    missing.emplace_back(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  if (missing.empty()) return std::nullopt;
  return SignatureProblem{"IncompleteSignatureException", join(missing, " ")};
}

Problem check_scope(const Claim& claim, std::string_view service) {
  if (claim.scope.service != service)
    return invalid("Credential should be scoped to correct service: '" + std::string(service) +
                   "'.");
  if (claim.terminator != kSigV4Terminator)
    return invalid("Credential should be scoped with a valid terminator: '" +
                   std::string(kSigV4Terminator) + "', not '" + claim.terminator + "'.");
  if (claim.scope.date != claim.time.substr(0, claim.scope.date.size()) ||
      claim.scope.date.size() != claim.time.find('T'))
    return invalid(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
        "HTTP: '" +
        claim.scope.date + "' != '" + claim.time.substr(0, claim.time.find('T')) + "', from '" +
        claim.time + "'.");
  return std::nullopt;
}

// "20150830T123600Z" as seconds since the epoch.
std::optional<std::int64_t> read_time(const std::string& text) {
  if (text.size() != kTimeSize || text[8] != 'T' || text.back() != 'Z') return std::nullopt;
  const auto ms =
      parse_timestamp_ms(text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 5) +
                         ":" + text.substr(11, 2) + ":" + text.substr(13));
  if (!ms) return std::nullopt;
  return *ms / 1'000;
}

Problem check_time(const Claim& claim, std::int64_t now_s) {
  const auto signed_s = read_time(claim.time);
  if (!signed_s)
    return SignatureProblem{"IncompleteSignatureException",
                            "Date must be in ISO-8601 'basic format'. Got '" + claim.time + "'."};
  const auto shown = [](std::int64_t epoch_s) {
    return utc_text(epoch_s * 1'000, kSigV4TimeFormat);
  };
  if (*signed_s < now_s - kSkewMaxS)
    return invalid("Signature expired: " + claim.time + " is now earlier than " +
                   shown(now_s - kSkewMaxS) + " (" + shown(now_s) + " - 15 min.)");
  if (*signed_s > now_s + kSkewMaxS)
    return invalid("Signature not yet current: " + claim.time + " is still later than " +
                   shown(now_s + kSkewMaxS) + " (" + shown(now_s) + " + 15 min.)");
  return std::nullopt;
}

Problem add_signed_headers(const ReceivedRequest& request, const Claim& claim,
                           CanonicalRequest& canonical) {
  const auto names = split(claim.signed_headers, ';');
  if (std::find(names.begin(), names.end(), "host") == names.end())
    return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  for (const auto& name : names) {
    const auto value = request.header(name);
    if (!value)
      return invalid("'" + name +
                     "' is named as a SignedHeader, but it does not exist in the HTTP request");
    canonical.add_header(name, *value);
  }
  return std::nullopt;
}

bool same_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<SignatureProblem> find_signature_problem(const ReceivedRequest& request,
                                                       const AwsCredentials& key,
                                                       std::string_view service,
                                                       std::int64_t now_epoch_s) {
  Claim claim;
  if (auto problem = read_claim(request, claim)) return problem;
  if (auto problem = check_scope(claim, service)) return problem;
  if (auto problem = check_time(claim, now_epoch_s)) return problem;
  if (!same_in_constant_time(claim.access_key_id, key.access_key_id))
    return SignatureProblem{"UnrecognizedClientException",
                            "The security token included in the request is invalid."};
  CanonicalRequest canonical{
      std::string(request.method), std::string(request.path), request.query, {}, {}};
  if (auto problem = add_signed_headers(request, claim, canonical)) return problem;
  canonical.body_hash = hex(sha256(request.body));
  // What a client says of its body must be true; UNSIGNED-PAYLOAD is for S3 alone.
  if (const auto said = request.header("X-Amz-Content-Sha256");
      said && *said != canonical.body_hash)
    return mismatch();
  if (!same_in_constant_time(claim.signature,
                             signature(canonical, key.secret_access_key, claim.scope, claim.time)))
    return mismatch();
  return std::nullopt;
}

}  // namespace emulator
