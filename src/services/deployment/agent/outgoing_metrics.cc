#include "services/deployment/agent/outgoing_metrics.h"

#include <algorithm>

namespace oree::deployment {
namespace {

constexpr std::chrono::hours kLongest{24};
constexpr size_t kMost = 1440;

}  // namespace

microseconds OutgoingMetrics::wait(MonoTime now) const {
  return std::max(microseconds(0), std::chrono::ceil<microseconds>(last_ + every_ - now));
}

double OutgoingMetrics::seconds(MonoTime now) const {
  return std::chrono::duration<double>(now - last_).count();
}

void OutgoingMetrics::keep(json::Value metrics, MonoTime now) {
  last_ = now;
  waiting_.push_back({std::move(metrics), now});
  if (waiting_.size() > kMost) waiting_.pop_front();
}

std::optional<std::string> OutgoingMetrics::oldest(MonoTime now) {
  while (!waiting_.empty() && now - waiting_.front().taken > kLongest) waiting_.pop_front();
  if (waiting_.empty()) return std::nullopt;
  One& one = waiting_.front();
  one.metrics.set("age_s", std::chrono::duration<double>(now - one.taken).count());
  return json::print(one.metrics);
}

}  // namespace oree::deployment
