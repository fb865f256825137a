#include "base/text.h"
#include "services/broker/access/access_table.h"

namespace oree::broker {
namespace {

bool starts_wild(std::string_view level) {
  return level == "+" || level == "#";
}

bool dollar_apart(std::string_view wild, std::string_view plain) {
  return starts_wild(wild) && plain.starts_with('$');
}

}  // namespace

bool filter_covers(std::string_view rule, std::string_view filter) {
  const auto rules = split(rule, '/');
  const auto levels = split(filter, '/');
  if (dollar_apart(rules[0], levels[0])) return false;
  for (size_t i = 0; i < rules.size(); ++i) {
    if (rules[i] == "#") return true;
    if (i >= levels.size() || levels[i] == "#") return false;
    if (rules[i] != "+" && rules[i] != levels[i]) return false;
  }
  if (levels.size() == rules.size()) return true;
  return false;
}

bool filters_overlap(std::string_view a, std::string_view b) {
  const auto as = split(a, '/');
  const auto bs = split(b, '/');
  if (dollar_apart(as[0], bs[0]) || dollar_apart(bs[0], as[0])) return false;
  for (size_t i = 0;; ++i) {
    const bool a_ended = i >= as.size();
    const bool b_ended = i >= bs.size();
    if (a_ended && b_ended) return true;
    if ((!a_ended && as[i] == "#") || (!b_ended && bs[i] == "#")) return true;
    if (a_ended || b_ended) return false;
    if (as[i] != "+" && bs[i] != "+" && as[i] != bs[i]) return false;
  }
}

}  // namespace oree::broker
