// Zips that were made to do harm.
#include <zlib.h>

#include <random>

#include "emulator/package/zip_archive.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/zips.h"

using namespace emulator;
using emulator::test::make_zip;
using emulator::test::RawZip;
namespace fs = std::filesystem;

namespace {

constexpr const char* kCannotUnzip =
    "Could not unzip uploaded file. Please check your file, then try to upload again.";

struct Refusal {
  PackageError::Kind kind;
  std::string text;
};

// Unpacks below a directory that holds nothing else, and looks whether anything was written beside.
Refusal refusal_of(const std::string& zip, const UnpackLimits& limits = {}) {
  const TemporaryDirectory directory;
  const auto out = directory.path() / "a" / "out";
  fs::create_directory(directory.path() / "a");
  Refusal refusal{PackageError::Kind::ZippedTooLarge, "taken"};
  try {
    unpack_zip(zip, out, limits);
  } catch (const PackageError& error) {
    refusal = {error.kind, error.what()};
  }
  for (const auto& parent : {directory.path(), directory.path() / "a"}) {
    for (const auto& entry : fs::directory_iterator(parent)) {
      INFO(entry.path());
      CHECK((entry.path() == out || entry.path() == directory.path() / "a"));
    }
  }
  return refusal;
}

bool cannot_unzip(const Refusal& refusal, const std::string& detail) {
  INFO(refusal.text);
  CHECK(refusal.text.find(detail) != std::string::npos);
  return refusal.kind == PackageError::Kind::NotAZip && refusal.text.starts_with(kCannotUnzip);
}

std::string deflated(const std::string& data) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("hostile zips: no name leads out of the directory") {
  for (const std::string name :
       {"../evil", "a/../../evil", "/tmp/evil", "..\\evil", "C:\\evil", "c:evil", "a/.."}) {
    INFO(name);
    CHECK(cannot_unzip(refusal_of(make_zip({{"app.py", ""}, {name, "x"}})), "Entry '"));
  }
  for (const std::uint16_t flags : {std::uint16_t{0}, std::uint16_t{0x800}}) {
    RawZip zip;
    RawZip::Claims claims;
    claims.flags = flags;
    zip.add(std::string("app.py\0/../../evil", 18), "", claims);
    CHECK(refusal_of(zip.finish()).text.starts_with(kCannotUnzip));
    RawZip control;
    control.add("a\x01", "", claims);
    CHECK(refusal_of(control.finish()).text.starts_with(kCannotUnzip));
  }
}

TEST_CASE("hostile zips: nothing is written through a link, and none leaves the directory") {
  const std::uint32_t link = S_IFLNK | 0777;
  CHECK(cannot_unzip(refusal_of(make_zip({{"a", "/etc", link}})), "leaves the archive"));
  CHECK(cannot_unzip(refusal_of(make_zip({{"a", "..", link}})), "leaves the archive"));
  CHECK(cannot_unzip(refusal_of(make_zip({{"b/c/d", "../..", link}, {"x", "b/c/d/../y", link}})),
                     "leaves the archive"));
  CHECK(cannot_unzip(refusal_of(make_zip({{"a", ".", link}, {"a/evil", "x"}})),
                     "is a file and a folder"));
  CHECK(cannot_unzip(refusal_of(make_zip({{"a", std::string(5000, 'x'), link}})), "too long"));
  CHECK(cannot_unzip(refusal_of(make_zip({{"a", "", link}})), "to nothing"));
  CHECK(cannot_unzip(refusal_of(make_zip({{"a", "x"}, {"a/b", "y"}})), "is a file and a folder"));
  CHECK(cannot_unzip(refusal_of(make_zip({{"a", "", S_IFIFO | 0644}})), "neither a file"));
  CHECK(cannot_unzip(refusal_of(make_zip({{"a", "", S_IFCHR | 0644}})), "neither a file"));
}

TEST_CASE("hostile zips: encrypted ones, broken ones, empty ones") {
  CHECK(cannot_unzip(refusal_of(make_zip({{"a", "x"}}, true)), "is encrypted"));
  CHECK(refusal_of("").text == "Uploaded file must be a non-empty zip");
  CHECK(refusal_of("no zip at all").text == kCannotUnzip);
  const auto zip = make_zip({{"app.py", std::string(1000, 'x')}, {"b", "y"}});
  CHECK(refusal_of(zip.substr(0, zip.size() / 2)).text == kCannotUnzip);
  RawZip wrong_sum;
  wrong_sum.add("a", "1", {0, 0x800, 12345, 1, 1});
  CHECK(cannot_unzip(refusal_of(wrong_sum.finish()), "Entry 'a'"));
  RawZip unknown_method;
  unknown_method.add("a", "1", {77, 0x800, 12345, 1, 1});
  CHECK(cannot_unzip(refusal_of(unknown_method.finish()), "Entry 'a'"));
  RawZip only_root;
  only_root.add("./", "", {});
  CHECK(refusal_of(only_root.finish()).text == "Uploaded file must be a non-empty zip");
}

TEST_CASE("hostile zips: a bomb is stopped at the limit, whatever its headers say") {
  const UnpackLimits limits{1'000'000, 1000};
  const std::string zeros(1'100'000, '\0');
  const auto packed = deflated(zeros);
  CHECK(packed.size() < 3000);
  const auto crc = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(zeros.data()), static_cast<uInt>(zeros.size())));
  for (const std::uint32_t claimed : {1'100'000u, 10u, 0u}) {
    INFO(claimed);
    RawZip zip;
    zip.add("bomb", packed, {8, 0x800, crc, static_cast<std::uint32_t>(packed.size()), claimed});
    const auto refusal = refusal_of(zip.finish(), limits);
    CHECK(refusal.kind != PackageError::Kind::ZippedTooLarge);
    if (claimed == 1'100'000u) {
      CHECK(refusal.kind == PackageError::Kind::TooLarge);
      CHECK(refusal.text == "Unzipped size must be smaller than 1000000 bytes");
    }
  }
}

TEST_CASE("hostile zips: entries that share their data are counted each time") {
  const UnpackLimits limits{1'000'000, 1000};
  const std::string zeros(100'000, '\0');
  const auto packed = deflated(zeros);
  const auto crc = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(zeros.data()), static_cast<uInt>(zeros.size())));
  const RawZip::Claims claims{8, 0x800, crc, static_cast<std::uint32_t>(packed.size()), 100'000};
  RawZip zip;
  const auto at = zip.add_local("a", packed, claims);
  for (int i = 0; i < 20; ++i) zip.add_central("a" + std::to_string(i), at, claims);
  const auto refusal = refusal_of(zip.finish(), limits);
  CHECK(refusal.kind == PackageError::Kind::TooLarge);
}

TEST_CASE("hostile zips: the number of files and folders has a limit") {
  const UnpackLimits limits{1'000'000, 50};
  std::vector<test::ZipEntry> many;
  for (int i = 0; i < 51; ++i) many.push_back({"f" + std::to_string(i), ""});
  CHECK(cannot_unzip(refusal_of(make_zip(many), limits), "51 entries"));
  std::vector<test::ZipEntry> deep;
  for (int i = 0; i < 10; ++i) deep.push_back({std::to_string(i) + "/a/b/c/d/e/f", ""});
  CHECK(cannot_unzip(refusal_of(make_zip(deep), limits), "more than 50 files"));
}

TEST_CASE("hostile zips: any damage ends in an error or a whole archive") {
  const auto zip = make_zip({{"app.py", std::string(3000, 'x')},
                             {"lib/b", "y", S_IFREG | 0755},
                             {"link", "lib", S_IFLNK | 0777}});
  std::minstd_rand random(1);
  for (int round = 0; round < 300; ++round) {
    std::string damaged = zip;
    for (int i = 0; i < 3; ++i) {
      const auto at = random() % damaged.size();
      damaged[at] = static_cast<char>(random());
    }
    INFO("round " << round);
    refusal_of(damaged, {1'000'000, 100});
  }
}
