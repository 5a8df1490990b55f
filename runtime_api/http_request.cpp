#include "runtime_api/http_request.h"

#include <algorithm>

namespace runtime_api {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

void empty(std::string& string) {
  if (string.capacity() > HttpRequest::kKeptBytes) string = std::string();
  string.clear();
}

}  // namespace

void HttpRequest::clear() {
  empty(text);
  empty(body);
  fields.clear();
  body_bytes = 0;
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
  for (const Field& field : fields) {
    if (same_name(part(field.name_at, field.name_size), name)) {
      return part(field.value_at, field.value_size);
    }
  }
  return std::nullopt;
}

void HttpRequest::each_header(
    const std::function<void(std::string_view name, std::string_view value)>& see) const {
  for (const Field& field : fields)
    see(part(field.name_at, field.name_size), part(field.value_at, field.value_size));
}

}  // namespace runtime_api
