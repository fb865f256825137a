#include "services/alerts/plan.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "platform/config/fields.h"

namespace oree::alerts {

namespace {

using config::Fields;
using config::Node;

std::vector<Matcher> read_matchers(Fields& fields, std::string_view key) {
  std::vector<Matcher> out;
  for (const auto& text : fields.optional<std::vector<std::string>>(key, {})) {
    const auto matcher = parse_matcher(text);
    if (matcher) {
      out.push_back(*matcher);
    } else {
      fields.mistake(key, cat("holds a wrong one: ", matcher.error().what));
    }
  }
  return out;
}

Labels read_labels(Fields& fields, std::string_view key) {
  Labels out;
  const Node* node = fields.node(key);
  if (!node) return out;
  if (node->kind() != Node::Kind::map) {
    fields.mistake(key, "must be a map of names and texts");
    return out;
  }
  for (const auto& [name, value] : node->members()) {
    if (value.kind() != Node::Kind::scalar) {
      fields.mistake(key, "must be a map of names and texts");
    } else {
      out[name] = value.scalar();
    }
  }
  return out;
}

Result<Rule> read_rule(const Node& node) {
  Fields fields(node, "rule");
  Rule out;
  out.name = fields.required<std::string>("name");
  const auto when = fields.required<std::string>("when");
  if (const auto expression = parse_expression(when)) {
    out.expression = *expression;
  } else if (fields.has("when")) {
    fields.mistake("when", cat("is not understood: ", expression.error().what));
  }
  out.only = read_matchers(fields, "match");
  out.hold_for = fields.duration("for", microseconds{0});
  out.keep_firing = fields.duration("keep_firing", microseconds{0});
  out.severity = *parse_severity(fields.choice("severity", {"info", "ticket", "page"}, "ticket"));
  out.labels = read_labels(fields, "labels");
  out.sentence = fields.optional<std::string>("sentence", "");
  if (auto status = fields.finish(); !status) return forward(status);
  return out;
}

Result<ReceiverPlan> read_receiver(const Node& node) {
  Fields fields(node, "receiver");
  ReceiverPlan out;
  out.name = fields.required<std::string>("name");
  const auto type = fields.choice("type", {"webhook", "mqtt"});
  if (type == "mqtt") {
    out.type = ReceiverPlan::Type::mqtt;
    out.topic = fields.required<std::string>("topic");
  } else {
    out.url = fields.required<std::string>("url");
    out.token = fields.optional<std::string>("token", "");
  }
  if (auto status = fields.finish(); !status) return forward(status);
  return out;
}

Result<Route> read_route(const Node& node) {
  Fields fields(node, "route");
  Route out;
  out.receiver = fields.required<std::string>("receiver");
  out.only = read_matchers(fields, "match");
  out.group_by = fields.optional<std::vector<std::string>>("group_by", out.group_by);
  out.group_wait = fields.duration("group_wait", out.group_wait);
  out.group_interval = fields.duration("group_interval", out.group_interval);
  out.repeat_interval = fields.duration("repeat_interval", out.repeat_interval);
  out.send_resolved = fields.optional<bool>("send_resolved", true);
  out.proceed = fields.optional<bool>("continue", false);
  if (auto status = fields.finish(); !status) return forward(status);
  return out;
}

Result<Inhibition> read_inhibition(const Node& node) {
  Fields fields(node, "inhibit");
  Inhibition out{read_matchers(fields, "source"), read_matchers(fields, "target"),
                 fields.optional<std::vector<std::string>>("equal", {})};
  if (out.source.empty()) fields.mistake("source", "must have at least one matcher");
  if (out.target.empty()) fields.mistake("target", "must have at least one matcher");
  if (auto status = fields.finish(); !status) return forward(status);
  return out;
}

Result<AlertmanagerTarget> read_alertmanager(const Node& node) {
  Fields fields(node, "alertmanager");
  AlertmanagerTarget out;
  out.url = fields.required<std::string>("url");
  out.token = fields.optional<std::string>("token", "");
  out.resend = fields.duration("resend", out.resend);
  if (out.resend < std::chrono::seconds(1)) fields.mistake("resend", "must be a second or more");
  if (auto status = fields.finish(); !status) return forward(status);
  return out;
}

template <class T>
std::vector<T> read_list(Fields& fields, std::string_view key, Result<T> (*read)(const Node&)) {
  std::vector<T> out;
  const Node* list = fields.node(key);
  if (!list) return out;
  if (list->kind() != Node::Kind::list) {
    fields.mistake(key, "must be a list");
    return out;
  }
  for (const Node& item : list->items()) {
    auto one = read(item);
    fields.absorb(one);
    if (one) out.push_back(*std::move(one));
  }
  return out;
}

void check_names(Fields& fields, const AlertPlan& plan) {
  std::set<std::string> rules, receivers;
  for (const Rule& rule : plan.rules) {
    if (!rules.insert(rule.name).second)
      fields.mistake("rules", cat("has two of the name '", rule.name, "'"));
  }
  for (const auto& receiver : plan.receivers) {
    if (!receivers.insert(receiver.name).second) {
      fields.mistake("receivers", cat("has two of the name '", receiver.name, "'"));
    }
  }
  const std::vector<std::string> names(receivers.begin(), receivers.end());
  for (const Route& route : plan.routes) {
    if (receivers.contains(route.receiver)) continue;
    fields.mistake("routes", cat("names the receiver '", route.receiver, "', which is not there",
                                 did_you_mean(route.receiver, names)));
  }
}

}  // namespace

Result<AlertPlan> read_plan(const Node& node) {
  Fields fields(node, "alerts");
  AlertPlan out;
  out.rules = read_list(fields, "rules", read_rule);
  out.receivers = read_list(fields, "receivers", read_receiver);
  out.routes = read_list(fields, "routes", read_route);
  out.inhibitions = read_list(fields, "inhibit", read_inhibition);
  out.external_url = fields.optional<std::string>("external_url", "");
  if (const Node* target = fields.node("alertmanager")) {
    auto read = read_alertmanager(*target);
    fields.absorb(read);
    if (read) out.alertmanager = *std::move(read);
  }
  check_names(fields, out);
  if (auto status = fields.finish(); !status) return forward(status);
  if (out.routes.empty() && !out.receivers.empty())
    out.routes.push_back({.receiver = out.receivers.front().name});
  if (out.alertmanager) out.alertmanager->external_url = out.external_url;
  return out;
}

}  // namespace oree::alerts
