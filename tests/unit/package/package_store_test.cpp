#include "emulator/package/package_store.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/text_of.h"
#include "tests/support/zips.h"

using namespace emulator;
using emulator::test::make_zip;
namespace fs = std::filesystem;

namespace {

std::ptrdiff_t entries_of(const fs::path& directory) {
  return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
}

}  // namespace

TEST_CASE("packages: a zip once, found by its hash") {
  fs::path directory;
  {
    PackageStore store(std::nullopt);
    const auto zip = make_zip({{"app.py", "print(1)\n"}});
    const auto package = store.add(zip, PackageStore::Origin::Request);
    directory = package.directory;
    CHECK(package.size_bytes == static_cast<std::int64_t>(zip.size()));
    CHECK(package.sha256.size() == 44);
    CHECK(text_of(package.directory / "app.py") == "print(1)\n");
    CHECK(text_of(package.zip) == zip);
    CHECK(store.add(zip, PackageStore::Origin::S3).directory == package.directory);
    const auto found = store.find(package.sha256);
    REQUIRE(found);
    CHECK(found->directory == package.directory);
    CHECK_FALSE(store.find("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
    CHECK_FALSE(store.find("../../etc"));
  }
  CHECK_FALSE(fs::exists(directory));
}

TEST_CASE("packages: what is refused leaves nothing") {
  const TemporaryDirectory state;
  PackageStore store(state.path());
  CHECK_THROWS_AS(store.add("no zip", PackageStore::Origin::Request), PackageError);
  CHECK_THROWS_AS(store.add(make_zip({{"a", "x"}, {"../b", "y"}}), PackageStore::Origin::Request),
                  PackageError);
  CHECK(entries_of(state.path() / "incoming") == 0);
  CHECK(entries_of(state.path() / "packages") == 0);
  try {
    store.add(std::string(52'428'800, 'x'), PackageStore::Origin::Request);
    FAIL("it was taken");
  } catch (const PackageError& error) {
    CHECK(error.kind == PackageError::Kind::ZippedTooLarge);
    CHECK(std::string(error.what()) == "Zipped size must be smaller than 52428800 bytes");
  }
}

TEST_CASE("packages: kept in a state directory, swept when unused") {
  const TemporaryDirectory state;
  std::string kept;
  std::string unused;
  fs::path opt;
  {
    PackageStore store(state.path());
    kept = store.add(make_zip({{"a", "1"}}), PackageStore::Origin::Request).sha256;
    unused = store.add(make_zip({{"a", "2"}}), PackageStore::Origin::Request).sha256;
    opt = store.opt_directory({kept});
    store.opt_directory({unused});
  }
  fs::create_directory(state.path() / "incoming");
  std::ofstream(state.path() / "incoming" / "half") << "what a crash left";
  PackageStore store(state.path());
  CHECK_FALSE(fs::exists(state.path() / "incoming" / "half"));
  CHECK(store.find(unused));
  store.sweep({kept}, {opt});
  CHECK(store.find(kept));
  CHECK_FALSE(store.find(unused));
  CHECK(text_of(opt / "a") == "1");
  CHECK(entries_of(state.path() / "opt") == 1);
}

TEST_CASE("packages: the same one added by many threads at once") {
  PackageStore store(std::nullopt);
  std::vector<test::ZipEntry> entries;
  for (int i = 0; i < 200; ++i) entries.push_back({"f" + std::to_string(i), std::to_string(i)});
  const auto zip = make_zip(entries);
  std::vector<std::thread> threads;
  std::atomic<int> whole = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto package = store.add(zip, PackageStore::Origin::Request);
      if (entries_of(package.directory) == 200 && entries_of(store.opt_directory({package.sha256})))
        ++whole;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(whole == 8);
}

TEST_CASE("layers: merged in their order, later ones over earlier ones") {
  PackageStore store(std::nullopt);
  const auto add = [&](const std::vector<test::ZipEntry>& entries) {
    return store.add(make_zip(entries), PackageStore::Origin::Request);
  };
  const std::uint32_t link = S_IFLNK | 0777;
  const auto first = add({{"python/a.py", "1"},
                          {"python/b.py", "1"},
                          {"data", "1"},
                          {"linked", "python", link},
                          {"tree/x", "1"}});
  const auto second = add({{"python/b.py", "2"},
                           {"data/file", "2"},
                           {"linked/a.py", "2"},
                           {"tree", "2"},
                           {"other", "data", link}});
  const auto opt = store.opt_directory({first.sha256, second.sha256});
  CHECK(text_of(opt / "python" / "a.py") == "1");  // and not written through "linked"
  CHECK(text_of(opt / "python" / "b.py") == "2");
  CHECK(text_of(opt / "data" / "file") == "2");
  CHECK(text_of(opt / "linked" / "a.py") == "2");
  CHECK(text_of(opt / "tree") == "2");
  CHECK(text_of(opt / "other" / "file") == "2");
  CHECK(text_of(first.directory / "python" / "b.py") == "1");
  CHECK(store.opt_directory({first.sha256, second.sha256}) == opt);
  CHECK(store.opt_directory({second.sha256, first.sha256}) != opt);
  CHECK_THROWS_AS(store.opt_directory({"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}),
                  std::runtime_error);
}
