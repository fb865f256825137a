// Alerts from observations to people: the state machines of this room, kept across restarts, with a thread
// that delivers.
//
//   auto receivers = open_receivers(plan, &publisher);
//   auto alerts = AlertService::open(plan, *std::move(receivers), store, clock, log);
//   (*alerts)->start();
//   (*alerts)->observe({.source = Source::score, .name = "lstm", .labels = {{"machine", "robot-1"}}, .value
//   = 1.7,
//                       .threshold = 0.9});
//
// observe() and the looks are thread-safe and never wait for a delivery. The state is saved before anybody is
// told of it and after each telling: a restart repeats at most what was being delivered when it stopped.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "services/alerts/plan.h"
#include "services/alerts/receivers.h"
#include "services/alerts/state_file.h"

namespace oree::alerts {

// Where the state is kept; save() returns when it is durable. Called from one thread at a time.
class StateStore {
 public:
  virtual ~StateStore() = default;
  virtual Result<ByteBuffer> load() = 0;  // empty when nothing was saved yet
  virtual Status save(ByteView bytes) = 0;
};

struct Receivers {
  std::map<std::string, std::unique_ptr<Receiver>, std::less<>> by_name;
  std::unique_ptr<AlertFeed> alertmanager;  // may be null
};
// Those of a plan. `invalid` for an mqtt receiver without a publisher.
Result<Receivers> open_receivers(const AlertPlan& plan, MqttPublisher* publisher);

struct AlertCounts {
  uint64_t delivered = 0, failed = 0, save_failures = 0;
};

class AlertService {
 public:
  // A state that is corrupt is left behind with a warning: to page again is better than never to start.
  static Result<std::unique_ptr<AlertService>> open(const AlertPlan& plan, Receivers receivers,
                                                    StateStore& store, Clock& clock, Log& log);
  ~AlertService();

  void observe(const Observation& observation);

  // Newest first: firing, pending, then resolved.
  std::vector<Alert> alerts() const;
  bool is_silenced(const Alert& alert) const;  // or inhibited
  std::vector<Silence> silences() const;
  std::vector<Rule> rules() const;
  AlertCounts counts() const;
  // From now on. The new id.
  Result<std::string> silence(std::vector<Matcher> matchers, microseconds length, std::string comment);
  Status lift(std::string_view silence);
  // Called, from the thread that delivers, when an alert came, fired or ended. Set before start().
  void on_change(std::function<void(const Alert&)> listener) { listener_ = std::move(listener); }

  // Everything that is due now: time passes, the state is saved, notifications are delivered. For tests, and
  // what the thread does each second.
  void step();
  void start();
  void stop();  // waits for a delivery under way

 private:
  AlertService(const AlertPlan& plan, Receivers receivers, StateStore& store, Clock& clock, Log& log);
  void load();
  void save();
  void tell();
  void feed();
  std::vector<Alert> audible(WallTime now) const;
  void announce();

  StateStore& store_;
  Clock& clock_;
  Log& log_;
  Receivers receivers_;
  std::function<void(const Alert&)> listener_;
  std::mutex stepping_;  // taken before mutex_

  mutable std::mutex mutex_;
  AlertStates states_;
  Notifier notifier_;
  FeedState feed_;
  uint64_t next_silence_ = 1;
  bool unsaved_ = false, woken_ = false;
  AlertCounts counts_;
  std::map<std::string, std::pair<AlertState, WallTime>> announced_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace oree::alerts
