// Small text functions of the configuration: numbers, durations, points in time, words, names that
// look alike. Pure; parse functions give nullopt for anything that is not entirely what they read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

bool is_ascii_alphanumeric(char c);
// Letters and digits of ASCII and these others alone; an empty text does.
bool consists_of(std::string_view text, std::string_view besides_alphanumeric);
std::string lower_case(std::string_view text);  // ASCII
std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);  // "a,,b" has three parts
// "1 record", "2 records"
std::string counted(std::uint64_t count, std::string_view noun);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
bool starts_with(std::string_view text, std::string_view prefix);
bool ends_with(std::string_view text, std::string_view suffix);

std::optional<std::int64_t> parse_integer(std::string_view text);  // decimal, with sign

// "500ms", "60s", "2m", "1h"; a number alone is seconds, with up to three decimals.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// Epoch seconds ("1700000000", "1700000000.5") or ISO-8601 ("2026-11-23", "2026-11-23T10:00:00Z",
// with an offset, or without one: UTC). Milliseconds since the epoch.
std::optional<std::int64_t> parse_timestamp_ms(std::string_view text);

// Words as a POSIX shell splits them (blanks, quotes, backslashes), without any expansion. Nullopt:
// a quote is not closed.
std::optional<std::vector<std::string>> split_words(std::string_view text);

// Of UTF-8 text.
std::size_t count_characters(std::string_view text);

// The first line of what another program says, at most 200 characters, ASCII alone: fit for a log
// line and for JSON, however long it is or whatever bytes it has.
std::string one_line(std::string_view text);

// " (did you mean X?)" for the candidate that differs in a character or two; "" when none does.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace emulator
