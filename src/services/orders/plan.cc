#include "services/orders/plan.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "platform/config/fields.h"

namespace oree::orders {
namespace {

using config::Fields;
using config::Node;

constexpr std::chrono::hours kLongest{24 * 366};

// Both languages, or one for both.
Text read_text(Fields& fields) {
  Text text{fields.optional<std::string>("en", ""), fields.optional<std::string>("fr", "")};
  if (text.en.empty() && text.fr.empty()) fields.mistake("", "needs a text: 'en', 'fr' or both");
  if (text.en.empty()) text.en = text.fr;
  if (text.fr.empty()) text.fr = text.en;
  return text;
}

template <class T>
std::vector<T> read_list(Fields& fields, std::string_view key, Result<T> (*read)(const Node&)) {
  std::vector<T> out;
  const Node* list = fields.node(key);
  if (list == nullptr) return out;
  if (list->kind() != Node::Kind::list) {
    fields.mistake(key, "must be a list");
    return out;
  }
  std::set<std::string> ids;
  for (const Node& item : list->items()) {
    auto one = read(item);
    fields.absorb(one);
    if (!one) continue;
    if (!ids.insert(one->id).second) fields.mistake(key, cat("has two of the id '", one->id, "'"));
    out.push_back(*std::move(one));
  }
  return out;
}

Result<Task> read_task(const Node& node) {
  Fields fields(node, "task");
  Task task{fields.required<std::string>("id"), read_text(fields)};
  if (auto status = fields.finish(); !status) return forward(status);
  return task;
}

Result<SparePart> read_part(const Node& node) {
  Fields fields(node, "part");
  SparePart part{fields.required<std::string>("id"), read_text(fields),
                 fields.between<int>("quantity", 1, 1, 10'000)};
  if (auto status = fields.finish(); !status) return forward(status);
  return part;
}

// "1200 EUR", "1200.50 USD"
Cost read_cost(Fields& fields) {
  const auto text = fields.optional<std::string>("cost", "");
  if (text.empty()) return {};
  const auto words = split(text, ' ');
  const auto amount = parse_number<double>(words.front());
  const bool has_currency = words.size() == 2 && words[1].size() == 3 &&
                            std::ranges::all_of(words[1], [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!amount || *amount < 0 || *amount > 1e12 || !has_currency) {
    fields.mistake("cost", cat("must be an amount and a currency such as 1200 EUR, got '", text, "'"));
    return {};
  }
  return {*amount, std::string(words[1])};
}

microseconds read_duration(Fields& fields, std::string_view key, microseconds fallback) {
  const auto length = fields.duration(key, fallback);
  if (length < microseconds(0) || length > kLongest) fields.mistake(key, "must lie between 0 and a year");
  return length;
}

Result<OrderRule> read_rule(const Node& node) {
  Fields fields(node, "order");
  OrderRule rule;
  if (fields.choice("on", {"anomaly", "ko_run"}) == "ko_run") {
    rule.on = OrderRule::On::ko_run;
    rule.count = fields.between<int>("count", rule.count, 1, 10'000);
    rule.of = fields.between<int>("of", std::max(rule.of, rule.count), 1, 10'000);
    rule.asset = fields.optional<std::string>("asset", "");
    if (rule.of < rule.count) fields.mistake("of", "must not be below 'count'");
  } else {
    rule.assets = fields.optional<std::string>("machines", "*");
    rule.detectors = fields.optional<std::vector<std::string>>("detectors", {});
  }
  rule.fault = fields.required<std::string>("fault");
  const bool is_short = !rule.fault.empty() && rule.fault.size() <= 64;
  if (!is_short || rule.fault.find_first_of("\n\r") != std::string::npos)
    fields.mistake("fault", "must be a short word on one line");
  rule.priority = *parse_priority(fields.choice("priority", {"low", "normal", "high", "urgent"}, "normal"));
  rule.due = read_duration(fields, "due", rule.due);
  rule.expires = read_duration(fields, "expires", rule.expires);
  rule.cool_down = read_duration(fields, "cool_down", rule.cool_down);
  rule.cost = read_cost(fields);
  rule.tasks = read_list(fields, "tasks", read_task);
  rule.parts = read_list(fields, "parts", read_part);
  if (auto status = fields.finish(); !status) return forward(status);
  return rule;
}

bool matches(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

Result<std::vector<OrderRule>> parse_order_rules(const Node& list) {
  if (list.kind() != Node::Kind::list) return list.error("'orders' must be a list");
  std::vector<OrderRule> rules;
  std::string mistakes;
  for (const Node& item : list.items()) {
    auto rule = read_rule(item);
    if (rule) {
      rules.push_back(*std::move(rule));
    } else {
      mistakes += cat(mistakes.empty() ? "" : "\n", rule.error().what);
    }
  }
  if (!mistakes.empty()) return fail(ErrorKind::invalid, mistakes);
  return rules;
}

const OrderRule* rule_for_anomaly(const std::vector<OrderRule>& rules, std::string_view machine,
                                  std::string_view detector) {
  for (const OrderRule& rule : rules) {
    if (rule.on != OrderRule::On::anomaly || !matches(rule.assets, machine)) continue;
    if (rule.detectors.empty() || std::ranges::find(rule.detectors, detector) != rule.detectors.end())
      return &rule;
  }
  return nullptr;
}

Order draft(const OrderRule& rule, std::string id, std::string asset, json::Value cause, WallTime now) {
  Order order;
  order.id = std::move(id);
  order.asset = std::move(asset);
  order.fault = rule.fault;
  order.priority = rule.priority;
  order.created = order.updated = std::chrono::floor<milliseconds>(now);
  order.expires = order.created + std::chrono::floor<milliseconds>(rule.expires);
  order.due = order.created + std::chrono::floor<milliseconds>(rule.due);
  order.cost = rule.cost;
  order.cause = std::move(cause);
  order.tasks = rule.tasks;
  order.parts = rule.parts;
  order.history.push_back({order.created, State::proposed, "station", "cause", ""});
  return order;
}

}  // namespace oree::orders
