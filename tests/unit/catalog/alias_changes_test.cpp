#include "emulator/catalog/alias_changes.h"

#include "emulator/catalog/api_error.h"
#include "tests/support/catch.h"

using namespace emulator;

namespace {

const std::string kArn = "arn:aws:lambda:us-east-1:000000000000:function:orders";

Function orders() {
  Function function;
  function.latest.config = runnable("orders", function.latest);
  for (const int number : {1, 2}) {
    function.versions[number] = function.latest;
    function.versions[number].version = std::to_string(number);
  }
  function.next_version = 3;
  return function;
}

Function with_live() {
  return create_alias(orders(), "live", {.version = "1", .description = "what runs"});
}

}  // namespace

TEST_CASE("an alias is made, changed and goes") {
  const Function made = create_alias(
      orders(), "live", {.version = "1", .description = "what runs", .weights = {{{"2", 0.25}}}});
  const auto& alias = made.aliases.at("live");
  CHECK(alias.version == "1");
  CHECK(alias.description == "what runs");
  CHECK(alias.weights.at("2") == 0.25);

  const Function moved =
      update_alias(made, "live", {.version = "2", .weights = std::map<std::string, double>{}}, {});
  CHECK(moved.aliases.at("live").version == "2");
  CHECK(moved.aliases.at("live").description == "what runs");
  CHECK(moved.aliases.at("live").weights.empty());
  CHECK(moved.aliases.at("live").revision_id != alias.revision_id);

  CHECK(update_alias(made, "live", {}, {}).aliases.at("live").weights.size() == 1);
  CHECK(delete_alias(moved, "live").aliases.empty());
  CHECK(delete_alias(moved, "other").aliases.size() == 1);
}

TEST_CASE("what hangs on an alias goes with it") {
  Function function = with_live();
  function.event_invoke["live"] = Json::object();
  function.event_invoke["1"] = Json::object();
  function.attachments[attachment_key("Policy", "live")] = Json::object();
  function.attachments[attachment_key("Policy", "not-live")] = Json::object();
  const Function gone = delete_alias(function, "live");
  CHECK(gone.event_invoke.size() == 1);
  CHECK(gone.attachments.size() == 1);
  CHECK(gone.attachments.count("Policy:not-live") == 1);
}

TEST_CASE("an alias that exists, or does not") {
  CHECK_THROWS_WITH(create_alias(with_live(), "live", {.version = "1"}),
                    "Alias already exists: " + kArn + ":live");
  CHECK_THROWS_WITH(update_alias(orders(), "live", {}, {}), "Alias not found: " + kArn + ":live");
  const Function made = with_live();
  CHECK_THROWS_WITH(update_alias(made, "live", {}, "another"),
                    "The Revision Id provided does not match the latest Revision Id. Call the "
                    "GetFunction/GetAlias API to retrieve the latest Revision Id");
  CHECK_NOTHROW(update_alias(made, "live", {}, made.aliases.at("live").revision_id));
}

TEST_CASE("versions that are not there") {
  CHECK_THROWS_WITH(create_alias(orders(), "live", {.version = "10"}),
                    "Function not found: " + kArn + ":10");
  CHECK_THROWS_WITH(create_alias(orders(), "live", {.version = "1", .weights = {{{"10", 0.5}}}}),
                    "Function not found: " + kArn + ":10");
  CHECK_THROWS_WITH(update_alias(with_live(), "live", {.version = "10"}, {}),
                    "Function not found: " + kArn + ":10");
}

TEST_CASE("weights that cannot be") {
  CHECK_THROWS_WITH(
      create_alias(orders(), "live", {.version = "1", .weights = {{{"1", 0.8}, {"2", 0.2}}}}),
      "Number of items in AdditionalVersionWeights cannot be greater than 1");
  CHECK_THROWS_WITH(create_alias(orders(), "live", {.version = "1", .weights = {{{"1", 0.5}}}}),
                    "Invalid function version 1. Function version 1 is already included in routing "
                    "configuration.");
  CHECK_THROWS_WITH(
      create_alias(orders(), "live", {.version = "$LATEST", .weights = {{{"1", 0.5}}}}),
      "$LATEST is not supported for an alias pointing to more than 1 version");
  CHECK_NOTHROW(create_alias(orders(), "live",
                             {.version = "$LATEST", .weights = std::map<std::string, double>{}}));
}
