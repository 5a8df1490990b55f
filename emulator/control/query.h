// Paths and queries of HTTP requests, decoded. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator {

std::string percent_decode(std::string_view text);
// All parameters of a query, decoded, in order.
std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query);
// The decoded value of one query parameter; nullopt when it is absent.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);
// Of every parameter of that name, in order.
std::vector<std::string> query_parameters(std::string_view query, std::string_view name);

}  // namespace emulator
