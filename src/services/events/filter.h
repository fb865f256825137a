// Which events a subscriber wants, as Event Grid's filters say it: by subject, by type, and by values of the
// event. All that is said must hold. Values, pure.
//
//   filter:
//     subject_begins: orders/
//     types: [Oree.Maintenance.OrderApproved]
//     advanced:
//       - {key: data.priority, operator: StringIn, values: [high, urgent]}
//
// Operators: NumberIn, NumberNotIn, NumberLessThan, NumberLessThanOrEquals, NumberGreaterThan,
// NumberGreaterThanOrEquals, NumberInRange, NumberNotInRange, BoolEquals, StringIn, StringNotIn,
// StringContains, StringNotContains, StringBeginsWith, StringNotBeginsWith, StringEndsWith,
// StringNotEndsWith, IsNullOrUndefined, IsNotNull. Text is compared without case, as there. A value that is
// not there, or of another kind, fails every operator but the Not ones and IsNullOrUndefined.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/config/node.h"
#include "services/events/event.h"

namespace oree::events {

struct Condition {
  std::string key;  // "subject", "data.cause.score"
  std::string op;   // "StringIn"
  std::vector<std::string> texts;
  std::vector<double> numbers;  // ranges: low, high, low, high …
  bool flag = false;
};

struct Filter {
  std::string subject_begins, subject_ends;
  bool case_sensitive = false;     // of the subject
  std::vector<std::string> types;  // empty: any
  std::vector<Condition> advanced;
};

Result<Filter> parse_filter(const config::Node& node);
bool matches(const Filter& filter, const Event& event);
json::Value filter_json(const Filter& filter);

}  // namespace oree::events
