// Who is told what, and when: grouping, silences, inhibition, repetition and retries, by Alertmanager's rules
// and with its defaults. A state machine without clock, threads or I/O.
//
//   for (const Notification& n : notifier.due(states.alerts(), now)) {
//     receiver(n.receiver).deliver(n) ? notifier.sent(n, now) : notifier.failed(n, now);
//   }
//
// A group is told of when something in it is new or over, or after repeat_interval while it still fires; at
// first after group_wait, then at most each group_interval. What failed is tried again after 5 s, 10 s, 20 s
// … 5 min, with what is true by then. What was sent is remembered, so that after a restart nobody is told
// twice.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/alerts/alert_states.h"

namespace oree::alerts {

struct Route {
  std::string receiver;
  std::vector<Matcher> only;
  std::vector<std::string> group_by{"alertname"};
  microseconds group_wait{std::chrono::seconds(30)};
  microseconds group_interval{std::chrono::minutes(5)};
  microseconds repeat_interval{std::chrono::hours(4)};
  bool send_resolved = true;
  bool proceed = false;  // Alertmanager's `continue`: later routes are looked at too
};

struct Silence {
  std::string id;
  std::vector<Matcher> matchers;  // all must match; at least one
  WallTime from, until;
  std::string comment;
};

// While an alert that matches `source` fires, those that match `target` and agree in the `equal` labels are
// not told.
struct Inhibition {
  std::vector<Matcher> source, target;
  std::vector<std::string> equal;
};

struct Notification {
  std::string key;  // of the group: receiver and group labels
  std::string receiver;
  Labels group_labels;
  std::vector<Alert> firing;
  std::vector<Alert> resolved;  // since this group was told last
  int attempt = 1;
};

// What a group was told. Durable.
struct GroupRecord {
  WallTime next;                 // not looked at before
  WallTime told;                 // the epoch: never
  std::set<std::string> firing;  // ids it was told are firing
  int failures = 0;
};

class Notifier {
 public:
  Notifier(std::vector<Route> routes, std::vector<Inhibition> inhibitions)
      : routes_(std::move(routes)), inhibitions_(std::move(inhibitions)) {}

  // What must be delivered now. Each is handed out once until sent() or failed() says how it went.
  std::vector<Notification> due(const std::map<std::string, Alert>& alerts, WallTime now);
  void sent(const Notification& notification, WallTime now);
  void failed(const Notification& notification, WallTime now);

  // `conflict` when the id is taken; `invalid` without matchers or when it ends before it begins.
  Status add_silence(Silence silence);
  // `not_found`
  Status remove_silence(std::string_view id);
  const std::vector<Silence>& silences() const { return silences_; }
  // True when one went because it ended a day ago.
  bool forget_silences(WallTime now);

  bool is_silenced(const Alert& alert, WallTime now) const;
  bool is_inhibited(const Alert& alert, const std::map<std::string, Alert>& alerts) const;

  const std::map<std::string, GroupRecord>& groups() const { return groups_; }
  void restore(std::map<std::string, GroupRecord> groups, std::vector<Silence> silences);

 private:
  struct Group {
    const Route* route;
    Labels labels;
    std::vector<const Alert*> alerts;  // heard: neither silenced nor inhibited
    std::set<std::string> muted;
  };
  std::map<std::string, Group> grouped(const std::map<std::string, Alert>& alerts, WallTime now) const;
  bool look(const std::string& key, const Group& group, GroupRecord& record, Notification& out,
            WallTime now) const;
  const Route* route_of(std::string_view receiver, std::string_view key) const;

  std::vector<Route> routes_;
  std::vector<Inhibition> inhibitions_;
  std::vector<Silence> silences_;
  std::map<std::string, GroupRecord> groups_;
  std::set<std::string> in_flight_;
};

}  // namespace oree::alerts
