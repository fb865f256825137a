// Topic filters taken apart: $share/<group>/<filter> (MQTT 5 §4.8.2). Names, filters and matching are in
// message.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace oree::mqtt {

struct FilterParts {
  std::string_view group;   // "" when the subscription is not shared
  std::string_view filter;  // what topics are matched against
};

// nullopt for a filter that is none, and for a $share/ without a group, with a wildcard in the group's name,
// or without a filter behind it. Views point into `filter`.
std::optional<FilterParts> parse_filter(std::string_view filter);

size_t level_count(std::string_view topic);  // "a/b" has 2
bool has_wildcard(std::string_view filter);

}  // namespace oree::mqtt
