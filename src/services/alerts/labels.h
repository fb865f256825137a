// What an alert is about, as names and values, and conditions on them, in the words of Prometheus. Pure.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oree::alerts {

using Labels = std::map<std::string, std::string, std::less<>>;

// machine="robot-1", machine!="robot-1", machine=~"robot-.*|press-1", machine!~"…". A label that is absent is
// "". The patterns are those Alertmanager's users write, not all of RE2: alternatives between |, each a text
// that may hold .* anywhere; the whole value must match.
struct Matcher {
  enum class How { equal, not_equal, like, unlike };
  std::string name;
  How how = How::equal;
  std::string value;
  bool operator==(const Matcher&) const = default;
};

bool matches(const Matcher& matcher, const Labels& labels);
bool matches_all(std::span<const Matcher> matchers, const Labels& labels);  // true for none

// With or without quotes. `invalid` for no operator, an empty name, or a pattern beyond the above.
Result<Matcher> parse_matcher(std::string_view text);
std::string print(const Matcher& matcher);

// 16 hex digits: FNV-1a over name, 0xFF, value, 0xFF of each label in order, as Prometheus computes it.
std::string fingerprint(const Labels& labels);
std::string print(const Labels& labels);  // {machine="robot-1", severity="page"}

}  // namespace oree::alerts
