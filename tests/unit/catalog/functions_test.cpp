#include "emulator/catalog/functions.h"

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/template_function.h"
#include "tests/support/catch.h"

using namespace emulator;

namespace {

Function named(const std::string& name) {
  Function function;
  function.latest.settings = {{"Runtime", "python3.12"}, {"Handler", "app.handler"}};
  function.latest.config = runnable(name, function.latest);
  return function;
}

}  // namespace

TEST_CASE("a change replaces a snapshot, and readers keep theirs") {
  FunctionCatalog catalog;
  const auto first = catalog.change("orders", [](const Function* present) {
    CHECK(present == nullptr);
    return named("orders");
  });
  const auto second = catalog.change("orders", [](const Function* present) {
    Function next = *present;
    next.reserved_concurrency = 1;
    return next;
  });
  CHECK_FALSE(first->reserved_concurrency);
  CHECK(catalog.find("orders") == second);
  CHECK_THROWS_AS(catalog.change("orders",
                                 [](const Function*) -> std::optional<Function> {
                                   throw resource_conflict("no");
                                 }),
                  ApiError);
  CHECK(catalog.find("orders") == second);
  catalog.change("orders", [](const Function*) { return std::nullopt; });
  CHECK(catalog.find("orders") == nullptr);
  CHECK(catalog.all().empty());
}

TEST_CASE("what must be there is said to be missing by its ARN") {
  FunctionCatalog catalog;
  const auto missing = function_not_found("orders");
  const std::string text =
      "Function not found: arn:aws:lambda:us-east-1:000000000000:function:orders";
  const auto tag = [](const Function& present) {
    Function next = present;
    next.tags["team"] = "a";
    return next;
  };
  CHECK_THROWS_WITH(catalog.get("orders", missing), text);
  CHECK_THROWS_WITH(catalog.update("orders", missing, tag), text);
  CHECK(catalog.find("orders") == nullptr);
  CHECK_THROWS_WITH(catalog.get("orders", function_not_found("orders", "7")), text + ":7");

  catalog.change("orders", [](const Function*) { return named("orders"); });
  const auto tagged = catalog.update("orders", missing, tag);
  CHECK(tagged == catalog.get("orders", missing));
  CHECK(catalog.find("orders")->tags.at("team") == "a");
}

TEST_CASE("a document holds the whole function") {
  Function function = named("orders");
  function.latest.code = {FunctionCode::Kind::Package, "hash", 12, "/code", "/opt-of-it"};
  function.versions[2] = function.latest;
  function.versions[2].version = "2";
  function.next_version = 3;
  function.aliases["live"] = {"live", "2", "what runs", {{"1", 0.5}}, "revision"};
  function.tags["team"] = "a";
  function.reserved_concurrency = 0;
  function.event_invoke["live"] = {{"MaximumRetryAttempts", 1}};
  function.attachments["RecursiveLoop"] = "Allow";
  const Json document = to_document(function);
  CHECK(to_document(function_from_document(Json::parse(document.dump()))) == document);
  CHECK(function_from_document(document).versions.at(2).config.opt_dir == "/opt-of-it");
}

TEST_CASE("an image function is the same after a restart") {
  Function function = named("orders");
  FunctionVersion& latest = function.latest;
  latest.code = code_in_image("repository/orders:1");
  latest.settings = {{"PackageType", "Image"},
                     {"Architectures", {"arm64"}},
                     {"ImageConfig",
                      {{"EntryPoint", {"/entry", "-x"}},
                       {"Command", {"app.handler"}},
                       {"WorkingDirectory", "/code"}}}};
  const auto config = function_from_document(to_document(function)).latest.config;
  CHECK(config.package_type == PackageType::Image);
  CHECK(config.image_uri == "repository/orders:1");
  CHECK(config.architecture == "arm64");
  CHECK(config.image.entry_point == std::vector<std::string>{"/entry", "-x"});
  CHECK(config.image.command == std::vector<std::string>{"app.handler"});
  CHECK(config.image.working_directory == "/code");
}
