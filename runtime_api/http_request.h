// A request as far as it has been read. One a connection: the next request reuses its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runtime_api {

struct HttpRequest {
  struct Field {
    std::size_t name_at, name_size, value_at, value_size;  // in `text`
  };

  std::string text;  // method, target, then every header's and trailer's name and value
  std::size_t method_size = 0;
  std::size_t target_size = 0;
  int http_minor = 1;  // of HTTP/1.1
  std::vector<Field> fields;
  std::string body;
  std::uint64_t body_bytes = 0;  // of a chunked one: counted above the limit too

  void clear();  // for the next request; memory above `kKeptBytes` goes back
  std::string_view part(std::size_t at, std::size_t size) const {
    return std::string_view(text).substr(at, size);
  }
  std::string_view method() const { return part(0, method_size); }
  std::string_view target() const { return part(method_size, target_size); }
  // The first of that name, in any case: trailers come after the headers, and do not override them.
  std::optional<std::string_view> header(std::string_view name) const;

  void each_header(
      const std::function<void(std::string_view name, std::string_view value)>& see) const;

  static constexpr std::size_t kKeptBytes = 64 * 1024;
};

}  // namespace runtime_api
