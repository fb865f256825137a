// One subscriber's work: shakes hands, delivers what is new, tries again what failed, gives up what must be,
// and spares a far end that is unwell: after some failures in a row nothing new is sent until a retry got
// through. step() does one round and says when to come again; whoever owns it has the thread and the clock,
// so tests turn the clock by hand. step() belongs to one thread; the rest is thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "services/events/event_store.h"
#include "services/events/filter.h"
#include "services/events/sinks/sink.h"

namespace oree::events {

struct SubscriberPlan {
  std::string name;
  Filter filter;
  RetryRules rules;
};

class Subscriber {
 public:
  // `jitter` gives [0, 1).
  static Result<std::unique_ptr<Subscriber>> open(SubscriberPlan plan, std::unique_ptr<Sink> sink,
                                                  EventStore& store, const Clock& clock,
                                                  std::function<double()> jitter, Log& log);

  // How long it may rest; less when there are new events.
  microseconds step();

  struct Status {
    std::string state;  // validating, active, failed, gone
    std::string error;  // the last one; "" after a success
    uint64_t waiting = 0, delivered = 0, dead = 0;
    std::optional<WallTime> last_delivery;
  };
  Status status();
  struct Attempt {
    StoredEvent event;
    std::string state;  // delivered, waiting, dead
    int attempts = 0;
    std::optional<WallTime> next;
    std::string outcome;
    WallTime time;
  };
  std::vector<Attempt> newest(size_t limit) const;
  const SubscriberPlan& plan() const { return plan_; }
  Sink& sink() { return *sink_; }

 private:
  Subscriber(SubscriberPlan plan, std::unique_ptr<Sink> sink, EventStore& store, const Clock& clock,
             std::function<double()> jitter, Log& log)
      : plan_(std::move(plan)),
        sink_(std::move(sink)),
        store_(store),
        clock_(clock),
        jitter_(std::move(jitter)),
        log_(log) {}
  struct Tried {
    StoredEvent event;
    int attempts = 0;  // before this one
  };
  std::optional<microseconds> shake_hands();
  Result<bool> retry_due(Progress& progress);
  Result<bool> send_new(Progress& progress);
  bool send(std::vector<Tried>& batch, Progress& progress);
  void note(const Tried& tried, const Outcome& outcome, Progress& progress);
  void bury(const Tried& tried, const std::string& reason, const std::string& outcome, Progress& progress);
  void remember(Attempt attempt);
  microseconds rest();
  void set_state(const std::string& state, const std::string& error);

  const SubscriberPlan plan_;
  const std::unique_ptr<Sink> sink_;
  EventStore& store_;
  const Clock& clock_;
  const std::function<double()> jitter_;
  Log& log_;
  bool shaken_ = false, gone_ = false;
  int refusals_ = 0;  // of the handshake
  WallTime shake_at_{};
  int failures_ = 0;  // deliveries in a row
  int64_t position_ = 0;

  mutable std::mutex mutex_;
  std::string state_ = "validating", error_;
  uint64_t delivered_ = 0, dead_ = 0;
  std::optional<WallTime> last_delivery_;
  std::deque<Attempt> newest_;
};

}  // namespace oree::events
