// Measurements on their way: taken every few minutes, kept for a day while the hub is not reached, oldest
// first. Pure; one thread.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/clock.h"
#include "platform/json/value.h"

namespace oree::deployment {

class OutgoingMetrics {
 public:
  OutgoingMetrics(MonoTime now, microseconds every) : every_(every), last_(now) {}

  void set_every(microseconds every) { every_ = every; }
  microseconds wait(MonoTime now) const;  // until the next is due
  bool due(MonoTime now) const { return wait(now).count() == 0; }
  double seconds(MonoTime now) const;  // since the last
  void keep(json::Value metrics, MonoTime now);
  // The oldest, with its age; nullopt when all are sent.
  std::optional<std::string> oldest(MonoTime now);
  void sent() { waiting_.pop_front(); }
  size_t size() const { return waiting_.size(); }

 private:
  struct One {
    json::Value metrics;
    MonoTime taken;
  };
  microseconds every_;
  MonoTime last_;
  std::deque<One> waiting_;
};

}  // namespace oree::deployment
