// Zips for tests: ordinary ones by libzip, hostile ones byte by byte, with whatever their headers
// claim.
#pragma once

#include <sys/stat.h>
#include <zip.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace emulator::test {

struct ZipEntry {
  std::string name;
  std::string content;
  std::uint32_t mode = S_IFREG | 0644;  // Unix; 0: made on another system
};

inline std::string make_zip(const std::vector<ZipEntry>& entries, bool encrypted = false) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* bytes = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* archive = zip_open_from_source(bytes, ZIP_TRUNCATE, &error);
  if (archive == nullptr) throw std::runtime_error("no zip");
  zip_source_keep(bytes);
  for (const auto& entry : entries) {
    zip_source_t* content =
        zip_source_buffer(archive, entry.content.data(), entry.content.size(), 0);
    // A folder's name ends with a slash; zip_file_add takes it as it is.
    const auto index = static_cast<zip_uint64_t>(
        zip_file_add(archive, entry.name.c_str(), content, ZIP_FL_ENC_UTF_8));
    if (entry.mode != 0) {
      zip_file_set_external_attributes(archive, index, 0, ZIP_OPSYS_UNIX, entry.mode << 16U);
    } else {
      zip_file_set_external_attributes(archive, index, 0, ZIP_OPSYS_DOS, 0);
    }
    if (encrypted) zip_file_set_encryption(archive, index, ZIP_EM_AES_256, "secret");
  }
  if (zip_close(archive) != 0) throw std::runtime_error("zip not written");
  zip_stat_t stat;
  zip_source_stat(bytes, &stat);
  std::string zip(stat.size, '\0');
  zip_source_open(bytes);
  zip_source_read(bytes, zip.data(), zip.size());
  zip_source_close(bytes);
  zip_source_free(bytes);
  return zip;
}

// An archive of stored or deflated entries, each with its own idea of where its data is.
class RawZip {
 public:
  struct Claims {
    std::uint16_t method = 0;     // 0 stored, 8 deflated
    std::uint16_t flags = 0x800;  // the name is UTF-8
    std::uint32_t crc = 0;
    std::uint32_t compressed = 0;
    std::uint32_t uncompressed = 0;
    std::uint32_t mode = S_IFREG | 0644;
  };

  // Returns where its local header stands.
  std::uint32_t add_local(const std::string& name, const std::string& data, const Claims& claims) {
    const auto at = static_cast<std::uint32_t>(bytes_.size());
    put32(bytes_, 0x04034b50);
    put16(bytes_, 20);
    common(bytes_, name, claims);
    bytes_ += name + data;
    return at;
  }
  void add_central(const std::string& name, std::uint32_t local_at, const Claims& claims) {
    put32(central_, 0x02014b50);
    put16(central_, 0x0314);  // made on Unix
    put16(central_, 20);
    common(central_, name, claims);
    put16(central_, 0);  // comment
    put16(central_, 0);  // disk
    put16(central_, 0);  // internal attributes
    put32(central_, claims.mode << 16U);
    put32(central_, local_at);
    central_ += name;
    ++entries_;
  }
  void add(const std::string& name, const std::string& data, const Claims& claims) {
    add_central(name, add_local(name, data, claims), claims);
  }
  std::string finish() const {
    std::string zip = bytes_ + central_;
    put32(zip, 0x06054b50);
    put16(zip, 0);
    put16(zip, 0);
    put16(zip, entries_);
    put16(zip, entries_);
    put32(zip, static_cast<std::uint32_t>(central_.size()));
    put32(zip, static_cast<std::uint32_t>(bytes_.size()));
    put16(zip, 0);
    return zip;
  }

 private:
  static void put16(std::string& out, std::uint32_t value) {
    out += static_cast<char>(value & 0xffU);
    out += static_cast<char>(value >> 8U & 0xffU);
  }
  static void put32(std::string& out, std::uint32_t value) {
    put16(out, value & 0xffffU);
    put16(out, value >> 16U);
  }
  static void common(std::string& out, const std::string& name, const Claims& claims) {
    put16(out, claims.flags);
    put16(out, claims.method);
    put32(out, 0x00210000);  // 1980-01-01
    put32(out, claims.crc);
    put32(out, claims.compressed);
    put32(out, claims.uncompressed);
    put16(out, static_cast<std::uint32_t>(name.size()));
    put16(out, 0);  // extra fields
  }

  std::string bytes_;
  std::string central_;
  std::uint32_t entries_ = 0;
};

}  // namespace emulator::test
