#include "emulator/esm/fault_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <sstream>
#include <vector>

#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr std::uint64_t kUnlimitedStrikes = std::numeric_limits<std::uint64_t>::max();
constexpr double kPercentMin = 0.001;
constexpr std::chrono::hours kDurationMax{24};

struct Name {
  std::string_view text;
  FaultKind kind;
};
constexpr std::array<Name, 7> kNames{{{"timeout", FaultKind::Timeout},
                                      {"crash", FaultKind::Crash},
                                      {"throttle", FaultKind::Throttle},
                                      {"duplicate", FaultKind::Duplicate},
                                      {"rebalance", FaultKind::Rebalance},
                                      {"commit-fails", FaultKind::CommitFails},
                                      {"broker-down", FaultKind::BrokerDown}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_topic_character(char c) {
  return is_ascii_alphanumeric(c) || c == '.' || c == '_' || c == '-';
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text.substr(0, text.find('#')))};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::optional<double> parse_percent(std::string_view text) {
  double percent = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, percent, std::chars_format::fixed);
  if (error != std::errc() || rest != end) return std::nullopt;
  return percent;
}

// Reads one line from left to right.
class LineParser {
 public:
  explicit LineParser(const FaultLine& line) : line_(line), words_(words_of(line.text)) {}

  Fault parse() {
    if (words_.empty()) fail(trim(line_.text), "nothing is said; a fault looks like " + example());
    const std::size_t at = words_[0].find('@');
    read_kind(words_[0].substr(0, at));
    if (at != std::string::npos) read_place(std::string_view(words_[0]).substr(at + 1));
    for (next_ = 1; next_ < words_.size();) read_word(words_[next_++]);

    if (fault_.kind == FaultKind::BrokerDown && fault_.duration.count() == 0)
      fail(words_[0], "for how long? For example " + words_[0] + " 5s");
    fault_.every = every_.value_or(1);
    fault_.probability = percent_.value_or(100) / 100;
    fault_.strikes_max = times_.value_or(every_ || percent_ ? kUnlimitedStrikes : 1);
    return fault_;
  }

 private:
  [[noreturn]] void fail(std::string_view word, const std::string& reason) const {
    const std::string_view text = trim(line_.text);
    throw ConfigError(line_.where + ": fault \"" + std::string(text) + "\"" +
                      (word == text ? "" : ", at \"" + std::string(word) + "\"") + ": " + reason);
  }

  void read_kind(const std::string& word) {
    std::vector<std::string> names;
    for (const Name& name : kNames) {
      if (name.text == word) {
        fault_.kind = name.kind;
        return;
      }
      names.emplace_back(name.text);
    }
    fail(word, "there is no such fault" + did_you_mean(word, names) + "; faults are " +
                   join(names, ", "));
  }

  // orders, orders[2], orders[2]:100, orders[2]:100..200
  void read_place(std::string_view place) {
    const std::string shown(place);
    const auto topic_end = std::find_if_not(place.begin(), place.end(), is_topic_character);
    fault_.topic.assign(place.begin(), topic_end);
    place.remove_prefix(fault_.topic.size());
    if (fault_.topic.empty()) fail(words_[0], "a topic is missing behind @, as in " + example());
    if (place.empty()) return;
    if (fault_.kind == FaultKind::CommitFails || fault_.kind == FaultKind::BrokerDown) {
      fail(shown, std::string(to_string(fault_.kind)) + " has a topic and no partition: " +
                      std::string(to_string(fault_.kind)) + "@" + fault_.topic);
    }
    if (place.front() == ':')
      fail(shown, "an offset needs its partition: " + fault_.topic + "[0]" + std::string(place));

    const std::size_t close = place.find(']');
    if (place.front() != '[' || close == std::string_view::npos)
      fail(shown, "no such place; places look like orders, orders[2], orders[2]:100");
    fault_.partition = static_cast<std::int32_t>(read_number(
        place.substr(1, close - 1), "a partition", std::numeric_limits<std::int32_t>::max()));
    place.remove_prefix(close + 1);
    if (place.empty()) return;
    if (place.front() != ':')
      fail(shown, "no such place; behind [" + std::to_string(*fault_.partition) +
                      "] comes an offset, as in " + fault_.topic + "[" +
                      std::to_string(*fault_.partition) + "]:100");
    read_offsets(place.substr(1));
  }

  void read_offsets(std::string_view text) {
    constexpr auto kOffsetMax = std::numeric_limits<std::int64_t>::max();
    const std::size_t dots = text.find("..");
    fault_.first_offset = read_number(text.substr(0, dots), "an offset", kOffsetMax);
    fault_.last_offset = dots == std::string_view::npos
                             ? fault_.first_offset
                             : read_number(text.substr(dots + 2), "an offset", kOffsetMax);
    if (fault_.first_offset > fault_.last_offset) {
      fail(text, "the first offset comes first: " + std::to_string(fault_.last_offset) + ".." +
                     std::to_string(fault_.first_offset));
    }
  }

  // x3, every 4, 5%, 5s
  void read_word(const std::string& word) {
    if (word == "every") {
      if (next_ == words_.size()) fail(word, "of how many chances? For example every 4");
      set(every_, read_count(words_[next_++], "every 4"), word);
    } else if (word.size() > 1 && word.front() == 'x' && is_digit(word[1])) {
      set(times_, read_count(std::string_view(word).substr(1), "x3"), word);
    } else if (word.back() == '%') {
      const auto percent = parse_percent(std::string_view(word).substr(0, word.size() - 1));
      if (!percent || !(*percent >= kPercentMin && *percent <= 100))
        fail(word, "a probability is from 0.001% to 100%");
      set(percent_, *percent, word);
    } else if (const auto duration = parse_duration(word); duration && !is_digit(word.back())) {
      if (fault_.kind != FaultKind::BrokerDown)
        fail(word, "only broker-down lasts; to say how often, write x3, every 4 or 5%");
      if (duration->count() == 0 || *duration > kDurationMax)
        fail(word, "brokers are down for 1ms to 24h");
      if (fault_.duration.count() != 0) fail(word, "a second duration");
      fault_.duration = *duration;
    } else {
      fail(word, "not understood" + hint(word));
    }
  }

  // What the user probably meant.
  std::string hint(const std::string& word) const {
    if (word.front() == '@' || word.front() == '[' || word.front() == ':')
      return "; a place follows without a blank: " + words_[0] + word;
    std::string digits;
    std::copy_if(word.begin(), word.end(), std::back_inserter(digits), is_digit);
    if (!digits.empty() && digits.size() + 1 >= word.size())
      return "; did you mean x" + digits + ", every " + digits +
             (fault_.kind == FaultKind::BrokerDown ? ", " + digits + "% or " + digits + "s?"
                                                   : " or " + digits + "%?");
    return did_you_mean(word, {"every"}) + "; write x3, every 4 or 5%" +
           (fault_.kind == FaultKind::BrokerDown ? ", and a duration such as 5s" : "");
  }

  std::int64_t read_number(std::string_view text, const char* what, std::int64_t max) const {
    const auto number = parse_integer(text);
    if (!number || !is_digit(text.front()) || *number > max) {
      fail(words_[0], std::string(what) + " is a number from 0 on, not \"" + std::string(text) +
                          "\"; for example " + example());
    }
    return *number;
  }

  std::uint64_t read_count(std::string_view text, const char* right) const {
    const auto number = parse_integer(text);
    if (!number || *number < 1)
      fail(text, "a number from 1 on belongs here, as in " + std::string(right));
    return static_cast<std::uint64_t>(*number);
  }

  template <typename Number>
  void set(std::optional<Number>& when, Number value, const std::string& word) const {
    if (when) fail(word, "said twice");
    when = value;
  }

  static std::string example() { return "timeout@orders[2]:100"; }

  const FaultLine& line_;
  const std::vector<std::string> words_;
  std::size_t next_ = 0;  // word to read
  Fault fault_;
  std::optional<std::uint64_t> every_;
  std::optional<std::uint64_t> times_;
  std::optional<double> percent_;
};

}  // namespace

std::string_view to_string(FaultKind kind) {
  const auto* const name = std::find_if(kNames.begin(), kNames.end(),
                                        [kind](const Name& each) { return each.kind == kind; });
  return name->text;
}

Fault parse_fault(const FaultLine& line) {
  return LineParser(line).parse();
}

}  // namespace emulator
