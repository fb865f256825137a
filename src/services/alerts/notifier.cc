#include "services/alerts/notifier.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace oree::alerts {

namespace {

constexpr std::chrono::seconds kFirstRetry{5};
constexpr std::chrono::minutes kLastRetry{5};

microseconds pause_after(int failures) {
  microseconds pause = kFirstRetry;
  for (int i = 1; i < failures && pause < kLastRetry; ++i) pause *= 2;
  return std::min<microseconds>(pause, kLastRetry);
}

}  // namespace

Status Notifier::add_silence(Silence silence) {
  if (silence.matchers.empty()) return fail(ErrorKind::invalid, "a silence needs at least one matcher");
  if (silence.until <= silence.from) return fail(ErrorKind::invalid, "a silence must end after it begins");
  if (std::ranges::find(silences_, silence.id, &Silence::id) != silences_.end()) {
    return fail(ErrorKind::conflict, cat("silence '", silence.id, "' is there already"));
  }
  silences_.push_back(std::move(silence));
  return {};
}

Status Notifier::remove_silence(std::string_view id) {
  if (std::erase_if(silences_, [&](const Silence& s) { return s.id == id; }) > 0) return {};
  return fail(ErrorKind::not_found, cat("there is no silence '", id, "'"));
}

bool Notifier::forget_silences(WallTime now) {
  return std::erase_if(silences_, [&](const Silence& s) { return now - s.until > std::chrono::hours(24); }) >
         0;
}

bool Notifier::is_silenced(const Alert& alert, WallTime now) const {
  return std::ranges::any_of(silences_, [&](const Silence& s) {
    return s.from <= now && now < s.until && matches_all(s.matchers, alert.labels);
  });
}

bool Notifier::is_inhibited(const Alert& alert, const std::map<std::string, Alert>& alerts) const {
  const auto value = [](const Labels& labels, const std::string& name) {
    const auto found = labels.find(name);
    return found == labels.end() ? std::string_view() : std::string_view(found->second);
  };
  return std::ranges::any_of(inhibitions_, [&](const Inhibition& inhibition) {
    if (!matches_all(inhibition.target, alert.labels)) return false;
    return std::ranges::any_of(alerts, [&](const auto& entry) {
      const Alert& source = entry.second;
      return source.state == AlertState::firing && source.id != alert.id &&
             matches_all(inhibition.source, source.labels) &&
             std::ranges::all_of(inhibition.equal, [&](const std::string& name) {
               return value(source.labels, name) == value(alert.labels, name);
             });
    });
  });
}

std::map<std::string, Notifier::Group> Notifier::grouped(const std::map<std::string, Alert>& alerts,
                                                         WallTime now) const {
  std::map<std::string, Group> out;
  for (const auto& [id, alert] : alerts) {
    if (alert.state == AlertState::pending) continue;
    const bool muted = is_silenced(alert, now) || is_inhibited(alert, alerts);
    for (size_t r = 0; r < routes_.size(); ++r) {
      const Route& route = routes_[r];
      if (!matches_all(route.only, alert.labels)) continue;
      Labels labels;
      for (const auto& name : route.group_by) {
        if (const auto found = alert.labels.find(name); found != alert.labels.end()) labels.insert(*found);
      }
      Group& group = out.try_emplace(cat(route.receiver, "/", r, ":", print(labels))).first->second;
      group.route = &route;
      group.labels = std::move(labels);
      if (muted) {
        group.muted.insert(id);
      } else {
        group.alerts.push_back(&alert);
      }
      if (!route.proceed) break;
    }
  }
  return out;
}

// Whether this group must be told of something; what, in `out`.
bool Notifier::look(const std::string& key, const Group& group, GroupRecord& record, Notification& out,
                    WallTime now) const {
  bool news = false;
  for (const Alert* alert : group.alerts) {
    const bool told = record.firing.contains(alert->id);
    if (alert->state == AlertState::firing) {
      out.firing.push_back(*alert);
      news = news || !told;
    } else if (told) {
      if (group.route->send_resolved) out.resolved.push_back(*alert);
      news = news || group.route->send_resolved;
    }
  }
  const bool again = !out.firing.empty() && now - record.told >= group.route->repeat_interval;
  out.key = key;
  out.receiver = group.route->receiver;
  out.group_labels = group.labels;
  out.attempt = record.failures + 1;
  return news || again;
}

std::vector<Notification> Notifier::due(const std::map<std::string, Alert>& alerts, WallTime now) {
  std::vector<Notification> out;
  const auto found = grouped(alerts, now);
  // Nothing left that it could be told: the group is over, and a new one waits anew.
  std::erase_if(groups_, [&](const auto& entry) {
    return !found.contains(entry.first) && !in_flight_.contains(entry.first);
  });
  for (const auto& [key, group] : found) {
    if (in_flight_.contains(key)) continue;
    const bool fires =
        std::ranges::any_of(group.alerts, [](const Alert* a) { return a->state == AlertState::firing; });
    auto record = groups_.find(key);
    if (record == groups_.end()) {
      if (!fires) continue;
      record =
          groups_.emplace(key, GroupRecord{.next = now + group.route->group_wait, .told = {}, .firing = {}})
              .first;
    }
    GroupRecord& told = record->second;
    // The wall clock was set back: what lies beyond every interval was never meant.
    const auto longest = std::max<microseconds>(group.route->group_interval, group.route->group_wait);
    told.next = std::min(told.next, now + std::max<microseconds>(longest, kLastRetry));
    told.told = std::min(told.told, now);
    if (now < told.next) continue;
    Notification notification;
    if (look(key, group, told, notification, now)) {
      in_flight_.insert(key);
      out.push_back(std::move(notification));
      continue;
    }
    // Those that ended unheard are not owed a word.
    std::erase_if(told.firing, [&](const std::string& id) {
      const auto alert = alerts.find(id);
      return alert == alerts.end() || (alert->second.state == AlertState::resolved);
    });
    if (!fires && told.firing.empty()) groups_.erase(record);
  }
  return out;
}

void Notifier::sent(const Notification& notification, WallTime now) {
  in_flight_.erase(notification.key);
  const Route* route = route_of(notification.receiver, notification.key);
  if (!route) return;
  GroupRecord& record = groups_[notification.key];
  record.failures = 0;
  record.told = now;
  record.next = now + route->group_interval;
  for (const Alert& alert : notification.resolved) record.firing.erase(alert.id);
  for (const Alert& alert : notification.firing) record.firing.insert(alert.id);
}

void Notifier::failed(const Notification& notification, WallTime now) {
  in_flight_.erase(notification.key);
  GroupRecord& record = groups_[notification.key];
  ++record.failures;
  record.next = now + pause_after(record.failures);
}

const Route* Notifier::route_of(std::string_view receiver, std::string_view key) const {
  for (size_t r = 0; r < routes_.size(); ++r) {
    if (routes_[r].receiver == receiver && key.starts_with(cat(receiver, "/", r, ":"))) return &routes_[r];
  }
  return nullptr;
}

void Notifier::restore(std::map<std::string, GroupRecord> groups, std::vector<Silence> silences) {
  groups_ = std::move(groups);
  silences_ = std::move(silences);
}

}  // namespace oree::alerts
