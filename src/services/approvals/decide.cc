#include "services/approvals/decide.h"

#include <algorithm>

#include "base/text.h"

namespace oree::approvals {
namespace {

constexpr std::string_view kDigestPrefix = "sha256:";

int64_t ms(WallTime time) {
  return std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
}
int64_t ms(microseconds length) {
  return std::chrono::ceil<milliseconds>(length).count();
}

// Gathers what was missed.
class Misses {
 public:
  void add(Miss way, std::string_view code, std::string_view reason) {
    const Answer answer = way == Miss::ask ? Answer::ask : Answer::refuse;
    if (ruling_.code.empty() || (answer == Answer::refuse && ruling_.answer == Answer::ask)) {
      ruling_.answer = answer;
      ruling_.code = code;
    }
    ruling_.reason += cat(ruling_.reason.empty() ? "" : "; ", reason);
  }
  bool none() const { return ruling_.code.empty(); }
  const Ruling& ruling() const { return ruling_; }

 private:
  Ruling ruling_;
};

bool is_allowed(const std::vector<std::string>& allowed, std::string_view name, std::string_view digest) {
  if (allowed.empty()) return true;
  return std::ranges::any_of(allowed, [&](std::string_view pattern) {
    if (pattern.starts_with(kDigestPrefix)) return pattern.substr(kDigestPrefix.size()) == digest;
    return matches(pattern, name.empty() ? "-" : name);
  });
}

void check_names(const Rules& rules, const Facts& facts, Misses& misses) {
  if (!is_allowed(rules.models.allowed, facts.model, facts.model_digest)) {
    misses.add(rules.models.on_miss, "model_not_allowed",
               cat("model '", facts.model.empty() ? "-" : facts.model, "' is not among those allowed"));
  }
  if (!is_allowed(rules.detectors.allowed, facts.detector, "")) {
    misses.add(
        rules.detectors.on_miss, "detector_not_allowed",
        cat("detector '", facts.detector.empty() ? "-" : facts.detector, "' is not among those allowed"));
  }
}

void check_score(const ScoreRule& rule, const Proposal& p, Misses& misses) {
  if (rule.minimum && !(p.score >= *rule.minimum)) {
    misses.add(rule.on_miss, "score_below_limit",
               cat("the score is ", p.score, ", at least ", *rule.minimum, " is asked for"));
  } else if (rule.ratio && !(p.threshold > 0 && p.score >= *rule.ratio * p.threshold)) {
    misses.add(rule.on_miss, "score_below_limit",
               cat("the score ", p.score, " is not ", *rule.ratio, " times the threshold ", p.threshold));
  }
}

void check_sensors(const SensorRule& rule, const Facts& facts, Misses& misses) {
  for (const SensorRange& range : facts.sensors) {
    for (const SensorLimit& limit : rule.limits) {
      if (!matches(limit.sensor, range.sensor)) continue;
      if (limit.low && range.low < *limit.low) {
        misses.add(rule.on_miss, "sensor_out_of_limits",
                   cat(range.sensor, " fell to ", range.low, ", below ", *limit.low));
      }
      if (limit.high && range.high > *limit.high) {
        misses.add(rule.on_miss, "sensor_out_of_limits",
                   cat(range.sensor, " rose to ", range.high, ", above ", *limit.high));
      }
    }
  }
}

// The ceiling of this priority, or else the general one.
std::optional<double> ceiling_of(const CostRule& rule, const Proposal& p) {
  if (const auto own = rule.by_priority.find(p.priority); own != rule.by_priority.end()) {
    if (const auto at = own->second.find(p.currency); at != own->second.end()) return at->second;
  }
  const auto at = rule.ceiling.find(p.currency);
  return at == rule.ceiling.end() ? std::nullopt : std::optional(at->second);
}

void check_cost(const CostRule& rule, const Proposal& p, Misses& misses) {
  if ((rule.ceiling.empty() && rule.by_priority.empty()) || p.cost == 0) return;
  const auto ceiling = ceiling_of(rule, p);
  if (!ceiling) {
    misses.add(rule.on_miss, "cost_ceiling", cat("there is no ceiling for ", p.currency));
  } else if (p.cost > *ceiling) {
    misses.add(
        rule.on_miss, "cost_ceiling",
        cat("it may cost ", fixed(p.cost, 2), " ", p.currency, ", the ceiling is ", fixed(*ceiling, 2)));
  }
}

void check_evidence(const EvidenceRule& rule, const Facts& facts, Misses& misses) {
  const auto need = [&](const std::vector<std::string>& wanted, std::string EvidencePart::* field,
                        std::string_view what) {
    for (const auto& pattern : wanted) {
      const bool found = std::ranges::any_of(
          facts.parts, [&](const EvidencePart& part) { return matches(pattern, part.*field); });
      if (!found)
        misses.add(rule.on_miss, "evidence_missing", cat("the evidence has no ", what, " '", pattern, "'"));
    }
  };
  need(rule.names, &EvidencePart::name, "part");
  need(rule.types, &EvidencePart::type, "part of type");
}

void check_orders(const OrderRule& rule, const Proposal& p, std::span<const Past> past, int64_t now,
                  Misses& misses) {
  if (!rule.per_asset_per_day) return;
  const int64_t since = now - ms(std::chrono::hours(24));
  const auto count = std::ranges::count_if(past, [&](const Past& one) {
    return one.station == p.station && one.asset == p.asset && one.at > since;
  });
  if (count < *rule.per_asset_per_day) return;
  misses.add(rule.on_miss, "too_many_orders",
             cat(count, " orders for '", p.asset, "' were approved in the last 24 hours"));
}

}  // namespace

std::string_view name(Answer answer) {
  switch (answer) {
    case Answer::approve:
      return "approve";
    case Answer::refuse:
      return "refuse";
    case Answer::ask:
      return "ask";
  }
  return "refuse";
}

Ruling decide_time(const Rules& rules, const Proposal& p, WallTime now) {
  if (ms(now) > p.expires + ms(rules.clock_skew)) {
    const WallTime end{milliseconds(p.expires)};
    return {Answer::refuse, "expired", cat("the proposal expired at ", iso_text(end))};
  }
  if (p.created > ms(now) + ms(rules.clock_skew)) {
    const WallTime start{milliseconds(p.created)};
    return {Answer::refuse, "from_the_future",
            cat("the proposal is of ", iso_text(start), ", which is still to come: a clock is wrong")};
  }
  return {Answer::approve, "ok", ""};
}

Ruling decide(const Rules& rules, const Proposal& p, const Facts& facts, std::span<const Past> past,
              WallTime now) {
  if (auto timely = decide_time(rules, p, now); timely.answer != Answer::approve) return timely;
  Misses misses;
  if (std::ranges::find(rules.stations, p.station, &KnownStation::name) == rules.stations.end())
    misses.add(Miss::refuse, "unknown_station", cat("there is no station '", p.station, "' in the rules"));
  check_names(rules, facts, misses);
  check_score(rules.score, p, misses);
  check_sensors(rules.sensors, facts, misses);
  if (!rules.windows.open.empty() && !is_open(rules.windows.open, rules.windows.offset, ms(now)))
    misses.add(rules.windows.on_miss, "outside_window", "it is outside the hours in which it may approve");
  check_cost(rules.cost, p, misses);
  check_evidence(rules.evidence, facts, misses);
  check_orders(rules.orders, p, past, ms(now), misses);
  if (!misses.none()) return misses.ruling();
  if (rules.ask_when_met)
    return {Answer::ask, "person_wanted", "every rule is met; a person has the last word"};
  return {Answer::approve, "ok", "every rule is met"};
}

}  // namespace oree::approvals
