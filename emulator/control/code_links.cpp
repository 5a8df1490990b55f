#include "emulator/control/code_links.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "emulator/aws/url.h"
#include "emulator/config/digest.h"
#include "emulator/package/base64.h"
#include "emulator/package/zip_archive.h"

namespace emulator {
namespace {

constexpr const char* kPath = "/_klambda/code/";
constexpr char kPackage = 'p';
constexpr char kDirectory = 'd';
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kProofBytes = 32;

runtime_api::HttpResponse answer(ApiRequest& request, const CodeLinks& links,
                                 const PackageStore& packages) {
  const auto target = links.target(request.parameter("Token"));
  const auto gone = resource_not_found("There is no code at this address, or no longer");
  if (!target) throw ApiError(gone);
  runtime_api::HttpResponse response;
  response.content_type = "application/zip";
  if (target->kind == FunctionCode::Kind::Directory) {
    try {
      response.body = zip_directory(target->name);
    } catch (const std::exception& error) {
      throw resource_not_found(error.what());
    }
    return response;
  }
  const auto package = packages.find(target->name);
  if (!package) throw ApiError(gone);
  std::ifstream file(package->zip, std::ios::binary);
  response.body.assign(std::istreambuf_iterator<char>(file), {});
  return response;
}

}  // namespace

CodeLinks::CodeLinks() : secret_(kSecretBytes, '\0') {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()),
                 static_cast<int>(secret_.size())) != 1)
    throw std::runtime_error("OpenSSL has no random bytes");
}

std::string CodeLinks::url_for(const FunctionCode& code, const ApiRequest& request) const {
  if (code.kind == FunctionCode::Kind::Package) return url_for_package(code.sha256, request);
  return url(kDirectory + code.directory, request);
}

std::string CodeLinks::url_for_package(const std::string& sha256, const ApiRequest& request) const {
  return url(kPackage + sha256, request);
}

std::optional<CodeLinks::Target> CodeLinks::target(std::string_view token) const {
  const auto bytes = base64_decode(token);
  if (!bytes || bytes->size() <= kProofBytes) return std::nullopt;
  const std::string_view given = *bytes;
  const auto name = given.substr(kProofBytes);
  if (CRYPTO_memcmp(given.data(), proof(name).data(), kProofBytes) != 0) return std::nullopt;
  return Target{name[0] == kPackage ? FunctionCode::Kind::Package : FunctionCode::Kind::Directory,
                std::string(name.substr(1))};
}

std::string CodeLinks::url(const std::string& name, const ApiRequest& request) const {
  const auto host = request.exchange.header("Host").value_or("localhost");
  return "http://" + std::string(host) + kPath +
         percent_encode(base64_encode(proof(name) + name), Slashes::Encode);
}

std::string CodeLinks::proof(std::string_view name) const {
  return hmac_sha256(secret_, name).substr(0, kProofBytes);
}

void add_code_links(Router& router, const CodeLinks& links, const PackageStore& packages) {
  // Public: like AWS's own, such an address is its own proof.
  router.add(
      "GET", std::string(kPath) + "{Token}", "DownloadCode",
      [&links, &packages](ApiRequest& request) { return answer(request, links, packages); },
      BodyLimit{}, Access::Public);
}

}  // namespace emulator
