// Which alerts there are: inactive → pending (for `for`) → firing → resolved. A state machine without clock,
// threads or I/O: observations and the time come in, alerts can be looked at.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/alerts/rule.h"

namespace oree::alerts {

enum class AlertState { pending, firing, resolved };
std::string_view state_name(AlertState state);

struct Alert {
  std::string id;  // fingerprint of the labels
  std::string rule;
  Labels labels;  // the observation's, the rule's, alertname and severity
  Severity severity = Severity::ticket;
  AlertState state = AlertState::pending;
  std::string sentence;  // as of the worst moment so far
  WallTime since;        // when it began to be so
  WallTime fired;        // when it fired; the epoch while pending
  WallTime seen;         // of the last observation
  WallTime ended;        // when it was resolved; the epoch before
  double value = 0;      // the newest
  double threshold = 0;
  WallTime clear_since;  // firing: since when it may end; the epoch when it may not
};

struct CounterMark {
  double value = 0;
  WallTime at;
};

class AlertStates {
 public:
  // Rules have different names.
  explicit AlertStates(std::vector<Rule> rules) : rules_(std::move(rules)) {}

  // True when anything changed that must outlive a restart: an alert came, fired, ended or went.
  bool observe(const Observation& observation, WallTime now);
  // Time passed: pending ones that were not contradicted fire, those that cleared long enough end, pending
  // ones not heard of for 5 minutes go, resolved ones go after a day. A firing alert whose source went silent
  // stays: silence is no sign of health.
  bool tick(WallTime now);

  const std::map<std::string, Alert>& alerts() const { return alerts_; }
  uint64_t refused() const { return refused_; }  // alerts that did not come because there were kMaxAlerts
  const std::vector<Rule>& rules() const { return rules_; }
  const std::map<std::string, CounterMark>& counters() const { return counters_; }
  // After a restart. Alerts whose rule is gone end at `now`.
  void restore(std::map<std::string, Alert> alerts, std::map<std::string, CounterMark> counters,
               WallTime now);

  static constexpr size_t kMaxAlerts = 10'000;
  static constexpr std::chrono::minutes kForgetPending{5};
  static constexpr std::chrono::hours kForgetResolved{24};

 private:
  bool judge(const Rule& rule, const Observation& observation, double value, WallTime now);
  bool take(Alert& alert, const Rule& rule, double value, double limit, WallTime now);
  bool advance(Alert& alert, const Rule& rule, WallTime now);
  bool forget(WallTime now);
  std::optional<double> growth(const Observation& observation, WallTime now);

  std::vector<Rule> rules_;
  std::map<std::string, Alert> alerts_;
  std::map<std::string, CounterMark> counters_;  // by name and labels, of those a rule asks for
  uint64_t refused_ = 0;
};

}  // namespace oree::alerts
