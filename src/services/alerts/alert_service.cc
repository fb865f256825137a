#include "services/alerts/alert_service.h"

#include <algorithm>

#include "base/text.h"

namespace oree::alerts {

Result<Receivers> open_receivers(const AlertPlan& plan, MqttPublisher* publisher) {
  Receivers out;
  for (const ReceiverPlan& one : plan.receivers) {
    Result<std::unique_ptr<Receiver>> receiver =
        fail(ErrorKind::invalid, "this station has no broker to publish with");
    if (one.type == ReceiverPlan::Type::webhook) {
      receiver = make_webhook({.url = one.url, .token = one.token, .external_url = plan.external_url});
    } else if (publisher) {
      receiver = make_mqtt_receiver(*publisher, one.topic);
    }
    if (!receiver) return forward(receiver, cat("alerts: receiver '", one.name, "'"));
    out.by_name.emplace(one.name, *std::move(receiver));
  }
  if (plan.alertmanager) {
    auto feed = make_alertmanager_feed(*plan.alertmanager);
    if (!feed) return forward(feed, "alerts");
    out.alertmanager = *std::move(feed);
  }
  return out;
}

AlertService::AlertService(const AlertPlan& plan, Receivers receivers, StateStore& store, Clock& clock,
                           Log& log)
    : store_(store),
      clock_(clock),
      log_(log),
      receivers_(std::move(receivers)),
      states_(plan.rules),
      notifier_(plan.routes, plan.inhibitions),
      feed_(receivers_.alertmanager ? receivers_.alertmanager->resend() : std::chrono::minutes(1)) {}

Result<std::unique_ptr<AlertService>> AlertService::open(const AlertPlan& plan, Receivers receivers,
                                                         StateStore& store, Clock& clock, Log& log) {
  for (const Route& route : plan.routes) {
    if (!receivers.by_name.contains(route.receiver)) {
      return fail(ErrorKind::invalid, cat("alerts: there is no receiver '", route.receiver, "'"));
    }
  }
  std::unique_ptr<AlertService> out(new AlertService(plan, std::move(receivers), store, clock, log));
  out->load();
  return out;
}

AlertService::~AlertService() {
  stop();
}

void AlertService::load() {
  const auto bytes = store_.load();
  if (!bytes) {
    log_.warning(cat("alerts: the state of before cannot be read, alerts begin anew: ", bytes.error().what));
    return;
  }
  auto state = parse_state(as_text(*bytes));
  if (!state) {
    log_.warning(cat("alerts begin anew: ", state.error().what));
    return;
  }
  for (const auto& [id, alert] : state->alerts) announced_[id] = {alert.state, alert.since};
  next_silence_ = state->next_silence;
  notifier_.restore(std::move(state->groups), std::move(state->silences));
  states_.restore(std::move(state->alerts), std::move(state->counters), clock_.wall());
}

void AlertService::observe(const Observation& observation) {
  const std::lock_guard lock(mutex_);
  if (!states_.observe(observation, clock_.wall())) return;
  unsaved_ = woken_ = true;
  wake_.notify_one();
}

std::vector<Alert> AlertService::alerts() const {
  const std::lock_guard lock(mutex_);
  std::vector<Alert> out;
  for (const auto& [id, alert] : states_.alerts()) out.push_back(alert);
  const auto rank = [](AlertState state) {
    return state == AlertState::firing ? 0 : state == AlertState::pending ? 1 : 2;
  };
  std::ranges::sort(out, [&](const Alert& a, const Alert& b) {
    if (rank(a.state) != rank(b.state)) return rank(a.state) < rank(b.state);
    return a.since > b.since;
  });
  return out;
}

bool AlertService::is_silenced(const Alert& alert) const {
  const std::lock_guard lock(mutex_);
  return notifier_.is_silenced(alert, clock_.wall()) || notifier_.is_inhibited(alert, states_.alerts());
}

std::vector<Silence> AlertService::silences() const {
  const std::lock_guard lock(mutex_);
  return notifier_.silences();
}

std::vector<Rule> AlertService::rules() const {
  return states_.rules();  // never changes
}

AlertCounts AlertService::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

Result<std::string> AlertService::silence(std::vector<Matcher> matchers, microseconds length,
                                          std::string comment) {
  const std::lock_guard lock(mutex_);
  const WallTime now = clock_.wall();
  const std::string id = cat("silence-", next_silence_);
  const auto status = notifier_.add_silence({.id = id,
                                             .matchers = std::move(matchers),
                                             .from = now,
                                             .until = now + length,
                                             .comment = std::move(comment)});
  if (!status) return forward(status);
  ++next_silence_;
  unsaved_ = woken_ = true;
  wake_.notify_one();
  return id;
}

Status AlertService::lift(std::string_view silence) {
  const std::lock_guard lock(mutex_);
  auto status = notifier_.remove_silence(silence);
  unsaved_ = unsaved_ || status.has_value();
  return status;
}

void AlertService::step() {
  const std::lock_guard alone(stepping_);
  {
    const std::lock_guard lock(mutex_);
    const WallTime now = clock_.wall();
    const bool aged = states_.tick(now);
    const bool forgot = notifier_.forget_silences(now);
    unsaved_ = unsaved_ || aged || forgot;
  }
  announce();
  save();  // first: nobody is told what a restart would not know of
  tell();
  feed();
  save();
}

void AlertService::save() {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    if (!unsaved_) return;
    text = print(SavedState{states_.alerts(), states_.counters(), notifier_.groups(), notifier_.silences(),
                            next_silence_});
    unsaved_ = false;
  }
  const auto status = store_.save(as_bytes(text));
  if (status) return;
  const std::lock_guard lock(mutex_);
  unsaved_ = true;
  // Alerts are told all the same: to page twice is better than not at all.
  if (counts_.save_failures++ == 0)
    log_.error(cat("alerts: their state cannot be saved: ", status.error().what));
}

void AlertService::tell() {
  std::vector<Notification> due;
  {
    const std::lock_guard lock(mutex_);
    due = notifier_.due(states_.alerts(), clock_.wall());
  }
  for (const Notification& notification : due) {
    const auto receiver = receivers_.by_name.find(notification.receiver);
    const Status status = receiver->second->deliver(notification);
    const std::lock_guard lock(mutex_);
    unsaved_ = true;
    if (status) {
      notifier_.sent(notification, clock_.wall());
      ++counts_.delivered;
    } else {
      notifier_.failed(notification, clock_.wall());
      ++counts_.failed;
      log_.warning(cat("alerts: receiver '", notification.receiver, "' was not reached, attempt ",
                       notification.attempt, ": ", status.error().what));
    }
  }
}

std::vector<Alert> AlertService::audible(WallTime now) const {
  std::vector<Alert> out;
  for (const auto& [id, alert] : states_.alerts()) {
    if (alert.state == AlertState::pending || notifier_.is_silenced(alert, now)) continue;
    if (!notifier_.is_inhibited(alert, states_.alerts())) out.push_back(alert);
  }
  return out;
}

void AlertService::feed() {
  if (!receivers_.alertmanager) return;
  std::vector<Alert> due;
  {
    const std::lock_guard lock(mutex_);
    const WallTime now = clock_.wall();
    due = feed_.due(audible(now), now);
  }
  if (due.empty()) return;
  const Status status = receivers_.alertmanager->push(due, clock_.wall());
  const std::lock_guard lock(mutex_);
  if (status) {
    feed_.pushed(due, clock_.wall());
    ++counts_.delivered;
    return;
  }
  feed_.failed(clock_.wall());
  ++counts_.failed;
  log_.warning(cat("alerts: Alertmanager was not reached: ", status.error().what));
}

void AlertService::announce() {
  std::vector<Alert> changed;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, alert] : states_.alerts()) {
      auto& known = announced_[id];
      const std::pair now_is{alert.state, alert.since};
      if (known == now_is) continue;
      known = now_is;
      changed.push_back(alert);
    }
    std::erase_if(announced_, [&](const auto& entry) { return !states_.alerts().contains(entry.first); });
  }
  if (!listener_) return;
  for (const Alert& alert : changed) listener_(alert);
}

void AlertService::start() {
  thread_ = std::jthread([this](std::stop_token stop) {
    while (!stop.stop_requested()) {
      step();
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, std::chrono::seconds(1), [this] { return woken_; });
      woken_ = false;
    }
  });
}

void AlertService::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  save();
}

}  // namespace oree::alerts
