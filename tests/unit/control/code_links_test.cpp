#include "emulator/control/code_links.h"

#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/zips.h"

using namespace emulator;
using ::test::FakeExchange;

namespace {

struct Rig {
  PackageStore packages{std::nullopt};
  CodeLinks links;
  Router router;

  Rig() { add_code_links(router, links, packages); }

  // The path of an address that was made for a request to this host.
  std::string path_for(const FunctionCode& code) {
    FakeExchange exchange("GET", "/", "", {{"Host", "127.0.0.1:3001"}});
    const ApiRequest request{exchange, {}, "id"};
    const auto url = links.url_for(code, request);
    REQUIRE(url.starts_with("http://127.0.0.1:3001/_klambda/code/"));
    return url.substr(std::string("http://127.0.0.1:3001").size());
  }
  runtime_api::HttpResponse get(const std::string& path) {
    FakeExchange exchange("GET", path);
    return router.answer(exchange);
  }
};

FunctionCode directory_code(const std::string& path) {
  FunctionCode code;
  code.directory = path;
  return code;
}

}  // namespace

TEST_CASE("code links: the zip of a package, byte by byte") {
  Rig rig;
  const auto zip = emulator::test::make_zip({{"app.py", "print(1)\n"}});
  FunctionCode code;
  code.kind = FunctionCode::Kind::Package;
  code.sha256 = rig.packages.add(zip, PackageStore::Origin::Request).sha256;
  const auto response = rig.get(rig.path_for(code));
  CHECK(response.status == 200);
  CHECK(response.content_type == "application/zip");
  CHECK(response.body == zip);
}

TEST_CASE("code links: a directory as a zip") {
  Rig rig;
  const TemporaryDirectory directory;
  directory.write("app.py", "print(1)\n");
  const auto path = rig.path_for(directory_code(directory.path().string()));
  const auto response = rig.get(path);
  CHECK(response.status == 200);
  CHECK(response.body.starts_with("PK"));
  std::filesystem::remove_all(directory.path());
  CHECK(rig.get(path).status == 404);
}

TEST_CASE("code links: nothing but what klambda has named") {
  Rig rig;
  const TemporaryDirectory directory;
  directory.write("secret", "x");
  const auto path = rig.path_for(directory_code(directory.path().string()));
  CHECK(rig.get("/_klambda/code/x").status == 404);
  CHECK(rig.get("/_klambda/code/" + std::string(88, 'A')).status == 404);
  const Rig other;  // with another secret
  CHECK_FALSE(other.links.target(path.substr(std::string("/_klambda/code/").size())));
  // Any other character somewhere in it is another address.
  for (std::size_t at = std::string("/_klambda/code/").size(); at + 4 < path.size(); at += 7) {
    std::string changed = path;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    INFO(changed);
    CHECK(rig.get(changed).status == 404);
  }
}
