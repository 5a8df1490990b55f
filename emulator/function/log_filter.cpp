#include "emulator/function/log_filter.h"

#include <cctype>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

// Takes what `pattern` says from the front: '0' stands for a digit.
bool take(std::string_view& text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool fits = pattern[i] == '0' ? std::isdigit(static_cast<unsigned char>(text[i])) != 0
                                        : text[i] == pattern[i];
    if (!fits) return false;
  }
  text.remove_prefix(pattern.size());
  return true;
}

const std::string* text_in(const nlohmann::json& object, const char* member) {
  const auto found = object.find(member);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

LogLevel level_of_line(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == line.npos || line[begin] != '{') return LogLevel::Info;
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return LogLevel::Info;
  const auto* timestamp = text_in(json, "timestamp");
  const auto* level = text_in(json, "level");
  if (timestamp == nullptr || level == nullptr || !is_timestamp(*timestamp)) return LogLevel::Info;
  return log_level_from(*level).value_or(LogLevel::Info);
}

}  // namespace

bool is_timestamp(std::string_view text) {
  if (!take(text, "0000-00-00T00:00:00")) return false;
  if (take(text, ".0")) {
    while (take(text, "0")) {
    }
  }
  return text == "Z" || ((take(text, "+00:00") || take(text, "-00:00")) && text.empty());
}

LogFilter::LogFilter(const LoggingConfig& config, LogWords words)
    : format_(config.format),
      words_(words),
      application_(log_level_from(config.application_level).value_or(LogLevel::Info)),
      system_(log_level_from(config.system_level).value_or(LogLevel::Info)) {}

bool LogFilter::keeps(std::string_view line) const {
  return format_ == LogFormat::AsText || application_ == LogLevel::Trace ||
         level_of_line(line) >= application_;
}

std::optional<std::string> LogFilter::rendered(const PlatformEvent& event,
                                               platform_event::Time time) const {
  if (format_ == LogFormat::AsText)
    return words_ == LogWords::Rie ? rie_text_of(event) : text_of(event);
  const auto level = level_of(event);
  if (!level || *level < system_) return std::nullopt;
  return json_of(event, time);
}

}  // namespace emulator
