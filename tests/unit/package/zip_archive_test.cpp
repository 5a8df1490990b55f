#include "emulator/package/zip_archive.h"

#include <sys/stat.h>
#include <unistd.h>


#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/text_of.h"
#include "tests/support/zips.h"

using namespace emulator;
using emulator::test::make_zip;
namespace fs = std::filesystem;

namespace {

mode_t mode_of(const fs::path& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_mode & 07777U;
}

}  // namespace

TEST_CASE("unpacking: files, folders, links and executable bits") {
  const TemporaryDirectory directory;
  const auto out = directory.path() / "out";
  const std::string large(700'000, 'x');
  unpack_zip(make_zip({{"app.py", "print(1)\n"},
                       {"empty/", "", S_IFDIR | 0755},
                       {"lib/deep/data.bin", large},
                       {"lib-2/a", "2"},
                       {"lib/b", "b"},
                       {"bootstrap", "#!/bin/sh\n", S_IFREG | 0755},
                       {"tool", "", S_IFREG | 06711},
                       {"windows.py", "w", 0},
                       {"latest", "lib/deep", S_IFLNK | 0777},
                       {"f\xc3\xbcr", "u"}}),
             out);
  CHECK(text_of(out / "app.py") == "print(1)\n");
  CHECK(fs::is_directory(out / "empty"));
  CHECK(text_of(out / "latest" / "data.bin") == large);
  CHECK(fs::read_symlink(out / "latest") == "lib/deep");
  CHECK(text_of(out / "f\xc3\xbcr") == "u");
  CHECK(mode_of(out / "app.py") == 0444);
  CHECK(mode_of(out / "windows.py") == 0444);
  CHECK(mode_of(out / "bootstrap") == 0555);
  CHECK(mode_of(out / "tool") == 0555);  // without its set-user and set-group bits
}

TEST_CASE("unpacking: of two entries of one name the later one counts") {
  const TemporaryDirectory directory;
  const auto out = directory.path() / "out";
  test::RawZip zip;
  const auto claims = [](std::uint32_t crc) {
    test::RawZip::Claims made;
    made.crc = crc;
    made.compressed = made.uncompressed = 1;
    return made;
  };
  zip.add("a", "1", claims(0x83dcefb7));
  zip.add("./a", "2", claims(0x1ad5be0d));
  unpack_zip(zip.finish(), out);
  CHECK(text_of(out / "a") == "2");
}

TEST_CASE("a directory as a zip comes back as it was") {
  const TemporaryDirectory directory;
  directory.write("src/app.py", "print(1)\n");
  directory.write("src/lib/a.py", std::string(100'000, 'a'));
  directory.write_program("src/run", "#!/bin/sh\n");
  directory.write("src/.git/config", "secret");
  fs::create_symlink("lib", directory.path() / "src" / "link");
  const auto zip = zip_directory(directory.path() / "src");
  CHECK(zip.size() < 10'000);
  const auto out = directory.path() / "out";
  unpack_zip(zip, out);
  CHECK(text_of(out / "app.py") == "print(1)\n");
  CHECK(text_of(out / "link" / "a.py") == std::string(100'000, 'a'));
  CHECK(mode_of(out / "run") == 0555);
  CHECK_FALSE(fs::exists(out / ".git"));
  CHECK_THROWS_AS(zip_directory(directory.path() / "src", 1000), std::runtime_error);
}

TEST_CASE("zip: a text becomes the only file of a package") {
  const TemporaryDirectory directory;
  const auto out = directory.path() / "out";
  unpack_zip(zip_of_file("index.py", "print(1)\n"), out);
  CHECK(text_of(out / "index.py") == "print(1)\n");
  CHECK(mode_of(out / "index.py") == 0444);
}
