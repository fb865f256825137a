#include "services/events/filter.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "platform/config/fields.h"

namespace oree::events {
namespace {

using config::Fields;
using config::Node;

constexpr size_t kMostConditions = 25;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

enum class Takes { numbers, ranges, flag, texts, nothing };

struct Operator {
  std::string_view name;
  Takes takes;
  bool negated;  // holds for a value that is not there
  bool (*number)(double value, double limit) = nullptr;
  bool (*text)(std::string_view value, std::string_view wanted) = nullptr;
};

bool equal(std::string_view a, std::string_view b) {
  return a == b;
}
bool contains(std::string_view a, std::string_view b) {
  return a.find(b) != std::string_view::npos;
}
bool begins(std::string_view a, std::string_view b) {
  return a.starts_with(b);
}
bool ends(std::string_view a, std::string_view b) {
  return a.ends_with(b);
}

constexpr Operator kOperators[] = {
    {"NumberIn", Takes::numbers, false, [](double v, double l) { return v == l; }},
    {"NumberNotIn", Takes::numbers, true, [](double v, double l) { return v == l; }},
    {"NumberLessThan", Takes::numbers, false, [](double v, double l) { return v < l; }},
    {"NumberLessThanOrEquals", Takes::numbers, false, [](double v, double l) { return v <= l; }},
    {"NumberGreaterThan", Takes::numbers, false, [](double v, double l) { return v > l; }},
    {"NumberGreaterThanOrEquals", Takes::numbers, false, [](double v, double l) { return v >= l; }},
    {"NumberInRange", Takes::ranges, false},
    {"NumberNotInRange", Takes::ranges, true},
    {"BoolEquals", Takes::flag, false},
    {"StringIn", Takes::texts, false, nullptr, equal},
    {"StringNotIn", Takes::texts, true, nullptr, equal},
    {"StringContains", Takes::texts, false, nullptr, contains},
    {"StringNotContains", Takes::texts, true, nullptr, contains},
    {"StringBeginsWith", Takes::texts, false, nullptr, begins},
    {"StringNotBeginsWith", Takes::texts, true, nullptr, begins},
    {"StringEndsWith", Takes::texts, false, nullptr, ends},
    {"StringNotEndsWith", Takes::texts, true, nullptr, ends},
    {"IsNullOrUndefined", Takes::nothing, true},
    {"IsNotNull", Takes::nothing, false},
};

const Operator* find_operator(std::string_view name) {
  const auto at = std::ranges::find(kOperators, name, &Operator::name);
  return at != std::end(kOperators) ? at : nullptr;
}

Result<Condition> parse_condition(const Node& node) {
  Fields fields(node, "filter");
  std::vector<std::string> names;
  for (const auto& one : kOperators) names.emplace_back(one.name);
  Condition condition;
  condition.key = fields.required<std::string>("key");
  condition.op = fields.choice("operator", names);
  const Operator* op = find_operator(condition.op);
  const Takes takes = op != nullptr ? op->takes : Takes::nothing;
  if (takes == Takes::flag) condition.flag = fields.required<bool>("value");
  if (takes == Takes::texts) {
    condition.texts = fields.required<std::vector<std::string>>("values");
    for (auto& text : condition.texts) text = lower(text);
  }
  if (takes == Takes::numbers || takes == Takes::ranges)
    condition.numbers = fields.required<std::vector<double>>("values");
  if (takes == Takes::ranges && condition.numbers.size() % 2 != 0)
    fields.mistake("values", "must be pairs: from, to, from, to …");
  if (auto status = fields.finish(); !status) return forward(status);
  return condition;
}

// The event's own members first, then what lies in `data`, dots between.
json::Value value_at(const Event& event, std::string_view key) {
  const std::string known = lower(key);
  if (known == "id") return event.id;
  if (known == "type" || known == "eventtype") return event.type;
  if (known == "source" || known == "topic") return event.source;
  if (known == "subject") return event.subject;
  const json::Value* value = &event.data;
  auto parts = split(key, '.');
  if (lower(parts.front()) != "data") return nullptr;
  for (size_t i = 1; i < parts.size() && value != nullptr; ++i) value = value->find(parts[i]);
  return value != nullptr ? *value : json::Value();
}

bool hits(const Operator& op, const Condition& condition, const json::Value& value) {
  if (op.takes == Takes::nothing) return !value.is_null();
  if (op.takes == Takes::flag) return value.boolean() != nullptr && *value.boolean() == condition.flag;
  if (op.takes == Takes::texts) {
    if (value.text() == nullptr) return false;
    const std::string text = lower(*value.text());
    return std::ranges::any_of(condition.texts, [&](const auto& wanted) { return op.text(text, wanted); });
  }
  const auto number = value.number();
  if (!number) return false;
  if (op.takes == Takes::ranges) {
    for (size_t i = 0; i + 1 < condition.numbers.size(); i += 2) {
      if (*number >= condition.numbers[i] && *number <= condition.numbers[i + 1]) return true;
    }
    return false;
  }
  return std::ranges::any_of(condition.numbers, [&](double limit) { return op.number(*number, limit); });
}

bool holds(const Condition& condition, const Event& event) {
  const Operator* op = find_operator(condition.op);
  return op != nullptr && hits(*op, condition, value_at(event, condition.key)) != op->negated;
}

}  // namespace

Result<Filter> parse_filter(const Node& node) {
  Fields fields(node, "filter");
  Filter filter;
  filter.subject_begins = fields.optional<std::string>("subject_begins", "");
  filter.subject_ends = fields.optional<std::string>("subject_ends", "");
  filter.case_sensitive = fields.optional<bool>("case_sensitive", false);
  filter.types = fields.optional<std::vector<std::string>>("types", {});
  if (const Node* list = fields.node("advanced")) {
    if (list->kind() != Node::Kind::list || list->items().size() > kMostConditions)
      fields.mistake("advanced", cat("must be a list of at most ", kMostConditions));
    for (const Node& item : list->items()) {
      auto condition = parse_condition(item);
      fields.absorb(condition);
      if (condition) filter.advanced.push_back(*std::move(condition));
    }
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return filter;
}

bool matches(const Filter& filter, const Event& event) {
  const auto fold = [&](const std::string& text) { return filter.case_sensitive ? text : lower(text); };
  if (!filter.subject_begins.empty() && !fold(event.subject).starts_with(fold(filter.subject_begins)))
    return false;
  if (!filter.subject_ends.empty() && !fold(event.subject).ends_with(fold(filter.subject_ends))) return false;
  if (!filter.types.empty() && std::ranges::find(filter.types, event.type) == filter.types.end())
    return false;
  return std::ranges::all_of(filter.advanced,
                             [&](const Condition& condition) { return holds(condition, event); });
}

json::Value filter_json(const Filter& filter) {
  json::Array types, advanced;
  for (const auto& type : filter.types) types.emplace_back(type);
  for (const auto& one : filter.advanced)
    advanced.emplace_back(json::Object{{"key", one.key}, {"operator", one.op}});
  return json::Object{{"subject_begins", filter.subject_begins},
                      {"subject_ends", filter.subject_ends},
                      {"types", std::move(types)},
                      {"advanced", std::move(advanced)}};
}

}  // namespace oree::events
