#include "nodes/edge/telemetry/rates.h"

#include <string_view>

namespace oree::edge {
namespace {

constexpr std::array<std::string_view, 3> kNames{"in", "out", "acked"};

double growth(uint64_t before, uint64_t now, double seconds) {
  return now < before ? 0 : static_cast<double>(now - before) / seconds;
}

}  // namespace

void Rates::note(WallTime at, MonoTime mono, const Counters& counters) {
  if (last_) {
    const double seconds = std::chrono::duration<double>(mono - last_->first).count();
    if (seconds <= 0) return;
    const Counters& before = last_->second;
    samples_.push_back({at,
                        {growth(before.in, counters.in, seconds), growth(before.out, counters.out, seconds),
                         growth(before.acked, counters.acked, seconds)}});
    if (samples_.size() > kKept) samples_.pop_front();
  }
  last_ = {mono, counters};
}

json::Value Rates::now_json() const {
  json::Object out;
  for (size_t i = 0; i < kNames.size(); ++i)
    out.emplace_back(std::string(kNames[i]), samples_.empty() ? 0.0 : samples_.back().rate[i]);
  return out;
}

json::Value Rates::history_json() const {
  json::Array time;
  std::array<json::Array, 3> columns;
  for (const auto& sample : samples_) {
    time.push_back(std::chrono::duration_cast<milliseconds>(sample.at.time_since_epoch()).count());
    for (size_t i = 0; i < columns.size(); ++i) columns[i].push_back(sample.rate[i]);
  }
  json::Object out{{"time", std::move(time)}};
  for (size_t i = 0; i < columns.size(); ++i) out.emplace_back(std::string(kNames[i]), std::move(columns[i]));
  return out;
}

}  // namespace oree::edge
