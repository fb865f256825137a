#include "services/alerts/alert_states.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace oree::alerts {

namespace {

constexpr WallTime kNever{};

Labels labels_of(const Rule& rule, const Observation& observation) {
  Labels out = observation.labels;
  for (const auto& [name, value] : rule.labels) out[name] = value;
  out["alertname"] = rule.name;
  out["severity"] = severity_name(rule.severity);
  if (!observation.name.empty() && rule.expression.source == Source::series) out["sensor"] = observation.name;
  return out;
}

const Rule* rule_named(const std::vector<Rule>& rules, std::string_view name) {
  const auto found = std::ranges::find(rules, name, &Rule::name);
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace

std::string_view state_name(AlertState state) {
  constexpr std::string_view kNames[] = {"pending", "firing", "resolved"};
  return kNames[static_cast<size_t>(state)];
}

// Per second since the observation before; a counter that fell began anew at zero.
std::optional<double> AlertStates::growth(const Observation& observation, WallTime now) {
  const std::string key = observation.name + print(observation.labels);
  if (counters_.size() >= kMaxAlerts && !counters_.contains(key)) return std::nullopt;
  const auto [found, is_first] = counters_.try_emplace(key, CounterMark{observation.value, now});
  CounterMark& mark = found->second;
  if (is_first) return std::nullopt;
  if (now < mark.at) mark = {observation.value, now};  // the clock was set back
  if (now == mark.at) return std::nullopt;
  const double rise = observation.value < mark.value ? observation.value : observation.value - mark.value;
  const double seconds = std::chrono::duration<double>(now - mark.at).count();
  mark = {observation.value, now};
  return rise / seconds;
}

bool AlertStates::observe(const Observation& observation, WallTime now) {
  if (std::ranges::none_of(rules_, [&](const Rule& rule) { return concerns(rule, observation); }))
    return false;
  std::optional<double> value = observation.value;
  if (observation.source == Source::counter) value = growth(observation, now);
  if (!value || !std::isfinite(*value)) return false;
  bool changed = false;
  for (const Rule& rule : rules_) {
    if (concerns(rule, observation)) changed = judge(rule, observation, *value, now) || changed;
  }
  return changed;
}

bool AlertStates::judge(const Rule& rule, const Observation& observation, double value, WallTime now) {
  const auto limit = limit_of(rule, observation);
  if (!limit) return false;
  if (alerts_.empty() && !is_exceeded(rule.expression, value, *limit)) return false;
  Labels labels = labels_of(rule, observation);
  const std::string id = fingerprint(labels);
  auto found = alerts_.find(id);
  const bool over = found == alerts_.end() || found->second.state == AlertState::resolved;
  if (!over) {
    const bool taken = take(found->second, rule, value, *limit, now);
    const bool advanced = advance(found->second, rule, now);
    return forget(now) || taken || advanced;
  }
  if (!is_exceeded(rule.expression, value, *limit)) return false;
  if (found == alerts_.end() && alerts_.size() >= kMaxAlerts) {
    ++refused_;
    return false;
  }
  Alert alert;
  alert.id = id;
  alert.rule = rule.name;
  alert.severity = rule.severity;
  alert.sentence = fill_sentence(rule, labels, value, *limit);
  alert.labels = std::move(labels);
  alert.since = alert.seen = now;
  alert.value = value;
  alert.threshold = *limit;
  Alert& kept = alerts_[id] = std::move(alert);
  advance(kept, rule, now);
  return true;
}

// One more observation of an alert that is pending or firing.
bool AlertStates::take(Alert& alert, const Rule& rule, double value, double limit, WallTime now) {
  alert.value = value;
  alert.threshold = limit;
  alert.seen = now;
  if (alert.state == AlertState::pending) {
    if (is_exceeded(rule.expression, value, limit)) return false;
    // Marked as contradicted: forget() takes it away.
    alert.ended = now;
    return true;
  }
  const bool cleared = is_cleared(rule.expression, value, limit);
  const bool was_clear = alert.clear_since != kNever;
  if (cleared == was_clear) return false;
  alert.clear_since = cleared ? now : kNever;
  return true;
}

bool AlertStates::advance(Alert& alert, const Rule& rule, WallTime now) {
  // The clock was set back: waits begin anew, so that none lasts until it has caught up.
  for (WallTime* begin : {&alert.since, &alert.clear_since, &alert.seen}) *begin = std::min(*begin, now);
  if (alert.state == AlertState::pending && alert.ended == kNever && now - alert.since >= rule.hold_for) {
    alert.state = AlertState::firing;
    alert.fired = now;
    alert.sentence = fill_sentence(rule, alert.labels, alert.value, alert.threshold);
    return true;
  }
  if (alert.state == AlertState::firing && alert.clear_since != kNever &&
      now - alert.clear_since >= rule.keep_firing) {
    alert.state = AlertState::resolved;
    alert.ended = now;
    return true;
  }
  return false;
}

bool AlertStates::forget(WallTime now) {
  return std::erase_if(alerts_, [&](const auto& entry) {
           const Alert& alert = entry.second;
           if (alert.state == AlertState::pending)
             return alert.ended != kNever || now - alert.seen >= kForgetPending;
           const microseconds age = now - alert.ended;
           return alert.state == AlertState::resolved && (age >= kForgetResolved || age <= -kForgetResolved);
         }) > 0;
}

bool AlertStates::tick(WallTime now) {
  bool changed = forget(now);
  for (auto& [id, alert] : alerts_) {
    if (const Rule* rule = rule_named(rules_, alert.rule)) changed = advance(alert, *rule, now) || changed;
  }
  return changed;
}

void AlertStates::restore(std::map<std::string, Alert> alerts, std::map<std::string, CounterMark> counters,
                          WallTime now) {
  alerts_ = std::move(alerts);
  counters_ = std::move(counters);
  std::erase_if(alerts_, [&](const auto& entry) {
    return entry.second.state == AlertState::pending && !rule_named(rules_, entry.second.rule);
  });
  for (auto& [id, alert] : alerts_) {
    if (alert.state != AlertState::firing || rule_named(rules_, alert.rule)) continue;
    alert.state = AlertState::resolved;
    alert.ended = now;
  }
}

}  // namespace oree::alerts
