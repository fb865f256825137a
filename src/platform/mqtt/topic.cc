#include "platform/mqtt/topic.h"

#include <algorithm>

#include "platform/mqtt/message.h"
#include "platform/mqtt/utf8.h"

namespace oree::mqtt {
namespace {

constexpr size_t kLongest = 65535;
constexpr std::string_view kShare = "$share/";

// Cuts the first level off; `last` says that there was no separator behind it.
std::string_view take_level(std::string_view& rest, bool& last) {
  const size_t slash = rest.find('/');
  last = slash == std::string_view::npos;
  const std::string_view level = rest.substr(0, slash);
  rest = last ? std::string_view{} : rest.substr(slash + 1);
  return level;
}

}  // namespace

bool is_topic_name(std::string_view topic) {
  return !topic.empty() && topic.size() <= kLongest && topic.find_first_of("+#") == std::string_view::npos &&
         is_utf8_string(topic);
}

bool is_topic_filter(std::string_view filter) {
  if (filter.empty() || filter.size() > kLongest || !is_utf8_string(filter)) return false;
  bool last = false;
  for (std::string_view rest = filter; !last;) {
    const std::string_view level = take_level(rest, last);
    const bool wild = level.find_first_of("+#") != std::string_view::npos;
    if (wild && level.size() != 1) return false;
    if (level == "#" && !last) return false;
  }
  return true;
}

bool topic_matches(std::string_view filter, std::string_view topic) {
  if (!topic.empty() && topic[0] == '$' && !filter.empty() && (filter[0] == '+' || filter[0] == '#')) {
    return false;
  }
  bool filter_ended = false;
  bool topic_ended = false;
  while (true) {
    const std::string_view wanted = take_level(filter, filter_ended);
    if (wanted == "#") return true;
    const std::string_view level = take_level(topic, topic_ended);
    if (wanted != "+" && wanted != level) return false;
    if (topic_ended) return filter_ended || filter == "#";
    if (filter_ended) return false;
  }
}

std::optional<FilterParts> parse_filter(std::string_view filter) {
  if (!is_topic_filter(filter)) return std::nullopt;
  if (!filter.starts_with(kShare)) {
    if (filter == "$share") return std::nullopt;
    return FilterParts{{}, filter};
  }
  const std::string_view rest = filter.substr(kShare.size());
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const FilterParts parts{rest.substr(0, slash), rest.substr(slash + 1)};
  if (has_wildcard(parts.group) || !is_topic_filter(parts.filter)) return std::nullopt;
  return parts;
}

size_t level_count(std::string_view topic) {
  return static_cast<size_t>(std::ranges::count(topic, '/')) + 1;
}

bool has_wildcard(std::string_view filter) {
  return filter.find_first_of("+#") != std::string_view::npos;
}

}  // namespace oree::mqtt
