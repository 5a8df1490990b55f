#include "emulator/package/zip_names.h"

#include "tests/support/catch.h"

using namespace emulator;

namespace {

std::string path_of(std::string_view name) {
  const auto path = relative_path(name);
  const auto* text = std::get_if<std::string>(&path);
  return text != nullptr ? *text : "refused";
}

}  // namespace

TEST_CASE("names of a zip: written in their shortest form") {
  CHECK(path_of("app.py") == "app.py");
  CHECK(path_of("lib/a.py") == "lib/a.py");
  CHECK(path_of("./lib//./a.py") == "lib/a.py");
  CHECK(path_of("lib/") == "lib");
  CHECK(path_of("./") == "");
  CHECK(path_of("..a/...") == "..a/...");
  CHECK(path_of("f\xc3\xbc r.py") == "f\xc3\xbc r.py");
}

TEST_CASE("names of a zip: what leads elsewhere is refused") {
  for (const std::string_view name :
       {std::string_view(""), std::string_view("/etc/passwd"), std::string_view("../x"),
        std::string_view("a/../../x"), std::string_view("a/../x"), std::string_view(".."),
        std::string_view("a/.."), std::string_view("a\\b"), std::string_view("..\\..\\x"),
        std::string_view("C:x"), std::string_view("c:/x"), std::string_view("a\nb"),
        std::string_view("a\0b", 3), std::string_view("//host/share")}) {
    INFO(name);
    CHECK(path_of(name) == "refused");
  }
  CHECK(path_of(std::string(256, 'a')) == "refused");
  CHECK(path_of(std::string(255, 'a')) != "refused");
  std::string deep;
  for (int i = 0; i < 101; ++i) deep += "a/";
  CHECK(path_of(deep) == "refused");
  CHECK(path_of(deep.substr(2)) != "refused");
}

TEST_CASE("links of a zip: followed through all the others, they end inside") {
  using Links = std::map<std::string, std::string, std::less<>>;
  const auto inside = [](const Links& links, const std::string& link) {
    return stays_inside(link, links);
  };
  CHECK(inside({{"a", "b"}}, "a"));
  CHECK(inside({{"bin/python", "../lib/python"}}, "bin/python"));
  CHECK(inside({{"a/b/c", "../.."}}, "a/b/c"));
  CHECK(inside({{"a", "."}}, "a"));
  CHECK_FALSE(inside({{"a", ".."}}, "a"));
  CHECK_FALSE(inside({{"a", "/etc"}}, "a"));
  CHECK_FALSE(inside({{"a/b", "../../x"}}, "a/b"));
  CHECK_FALSE(inside({{"a", "lib/../../x"}}, "a"));
  // Its text stays inside; the link that it passes makes it leave.
  CHECK_FALSE(inside({{"a/b/c", "../.."}, {"x", "a/b/c/../y"}}, "x"));
  CHECK_FALSE(inside({{"a", "b"}, {"b", "a"}}, "a"));
  CHECK_FALSE(inside({{"a", "a"}}, "a"));
}
