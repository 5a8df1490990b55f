#include "emulator/aws/sigv4.h"

#include <utility>

#include "emulator/aws/canonical_request.h"
#include "emulator/config/digest.h"
#include "emulator/config/utc.h"

namespace emulator {

Headers sign(const SignableRequest& request, const AwsCredentials& credentials,
             const SigningScope& scope) {
  const std::string time = utc_text(scope.epoch_s * 1'000, kSigV4TimeFormat);
  const CredentialScope credential{time.substr(0, time.find('T')), scope.region, scope.service};
  const std::string body_hash = hex(sha256(request.body));
  Headers made{{"X-Amz-Date", time}};
  // S3 alone wants the body's hash as a header (sig-v4-header-based-auth.html).
  if (scope.service == "s3") made.emplace_back("X-Amz-Content-Sha256", body_hash);
  if (!credentials.session_token.empty())
    made.emplace_back("X-Amz-Security-Token", credentials.session_token);

  CanonicalRequest canonical{request.method, request.path, request.query, {}, body_hash};
  canonical.add_header("host", request.host);
  for (const Headers* const headers : {&request.headers, &std::as_const(made)})
    for (const auto& [name, value] : *headers) canonical.add_header(name, value);

  made.emplace_back(
      "Authorization",
      std::string(kSigV4Algorithm) + " Credential=" + credentials.access_key_id + "/" +
          credential.text() + ", SignedHeaders=" + canonical.signed_headers() +
          ", Signature=" + signature(canonical, credentials.secret_access_key, credential, time));
  return made;
}

}  // namespace emulator
