// What the answers of registries have in common. Used by confluent*.cpp and glue.cpp. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "emulator/aws/url.h"

namespace emulator {

inline constexpr const char* kRegistryContentType = "application/vnd.schemaregistry.v1+json";

// "": there is none, or it is no text.
inline std::string text_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

inline std::optional<std::int64_t> number_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

inline std::string subject_path(const std::string& subject) {
  return "/subjects/" + percent_encode(subject, Slashes::Encode);
}

}  // namespace emulator
