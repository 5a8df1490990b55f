#include "emulator/config/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <numeric>
#include <system_error>
#include <utility>

namespace emulator {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// "12", "12.5", "12.345": thousandths. At most 12 digits before the point, so that no unit below
// overflows.
std::optional<std::int64_t> parse_thousandths(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (whole.empty() || whole.size() > 12 || fraction.size() > 9) return std::nullopt;
  if (point != std::string_view::npos && fraction.empty()) return std::nullopt;
  if (!std::all_of(whole.begin(), whole.end(), is_digit)) return std::nullopt;
  if (!std::all_of(fraction.begin(), fraction.end(), is_digit)) return std::nullopt;
  std::int64_t thousandths = parse_integer(whole).value_or(0) * 1'000;
  std::int64_t weight = 100;
  for (const char digit : fraction.substr(0, 3)) {
    thousandths += (digit - '0') * weight;
    weight /= 10;
  }
  return thousandths;
}

// Reads exactly `count` digits and moves on.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count ||
      !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(count), is_digit)) {
    return std::nullopt;
  }
  const auto value = parse_integer(text.substr(0, count));
  text.remove_prefix(count);
  return static_cast<int>(value.value_or(0));
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "+02:00", "-0530" or nothing: minutes east of UTC.
std::optional<int> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  take(text, ':');
  const auto minutes = take_digits(text, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

std::optional<std::int64_t> take_time_of_day_ms(std::string_view& text) {
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  std::int64_t ms = (*hours * 60 + *minutes) * 60'000;
  if (!take(text, ':')) return ms;
  std::size_t length = 0;
  while (length < text.size() && (is_digit(text[length]) || text[length] == '.')) ++length;
  const auto seconds = parse_thousandths(text.substr(0, length));
  if (!seconds || *seconds >= 60'000) return std::nullopt;
  text.remove_prefix(length);
  return ms + *seconds;
}

std::optional<std::int64_t> parse_iso_8601_ms(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  const std::int64_t day_ms =
      std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86'400'000};
  if (text.empty()) return day_ms;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const auto time_ms = take_time_of_day_ms(text);
  if (!time_ms) return std::nullopt;
  const auto zone_minutes = take_zone(text);
  if (!zone_minutes || !text.empty()) return std::nullopt;
  return day_ms + *time_ms - *zone_minutes * std::int64_t{60'000};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

bool is_ascii_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool consists_of(std::string_view text, std::string_view besides_alphanumeric) {
  return std::all_of(text.begin(), text.end(), [besides_alphanumeric](char c) {
    return is_ascii_alphanumeric(c) || besides_alphanumeric.find(c) != std::string_view::npos;
  });
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string result;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) result += separator;
    result += parts[i];
  }
  return result;
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (!text.empty() && text.front() == '+' && text.size() > 1 && is_digit(text[1]))
    text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view suffix;
    std::int64_t ms;
  };
  static constexpr std::array<Unit, 4> kUnits{
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
  std::int64_t unit_ms = 1'000;
  for (const auto& unit : kUnits) {
    if (!ends_with(text, unit.suffix)) continue;
    unit_ms = unit.ms;
    text.remove_suffix(unit.suffix.size());
    break;
  }
  const auto thousandths = parse_thousandths(text);
  if (!thousandths || *thousandths > std::int64_t{10'000'000'000}) return std::nullopt;
  return std::chrono::milliseconds(*thousandths * unit_ms / 1'000);
}

std::optional<std::int64_t> parse_timestamp_ms(std::string_view text) {
  if (const auto epoch_ms = parse_thousandths(text)) return epoch_ms;
  return parse_iso_8601_ms(text);
}

std::optional<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;  // '' is a word, though an empty one
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escapes =
        c == '\\' && quote != '\'' && i + 1 < text.size() &&
        (quote == 0 || text[i + 1] == '"' || text[i + 1] == '\\' || text[i + 1] == '$');
    if (quote == 0 && is_blank(c)) {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
      continue;
    }
    in_word = true;
    if (escapes) {
      word += text[++i];
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else {
      word += c;
    }
  }
  if (quote != 0) return std::nullopt;
  if (in_word) words.push_back(word);
  return words;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80;
  }));
}

std::string one_line(std::string_view text) {
  constexpr std::size_t kMost = 200;
  std::string line(text.substr(0, std::min(text.find('\n'), kMost)));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  const std::size_t limit = name.size() < 5 ? 1 : 2;
  const std::string* best = nullptr;
  std::size_t best_distance = limit + 1;
  for (const auto& candidate : candidates) {
    const std::size_t longer = std::max(candidate.size(), name.size());
    if (longer - std::min(candidate.size(), name.size()) > limit || longer > 100) continue;
    const auto distance = edit_distance(lower_case(name), lower_case(candidate));
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = &candidate;
  }
  return best == nullptr ? std::string() : " (did you mean " + *best + "?)";
}

}  // namespace emulator
