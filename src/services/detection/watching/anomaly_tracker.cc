#include "services/detection/watching/anomaly_tracker.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace oree::detection {
namespace {

constexpr double kWorthNaming = 0.15;
constexpr size_t kMostNamed = 3;

int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string sentence(const Anomaly& anomaly) {
  std::vector<std::string> named;
  for (const auto& [sensor, share] : anomaly.contributions) {
    if (named.size() == kMostNamed || (share < kWorthNaming && !named.empty())) break;
    named.push_back(cat(sensor, " (", fixed(share * 100, 0), " %)"));
  }
  if (named.empty()) return cat(anomaly.machine, ": its readings are unlike what they were in health");
  const std::string last = named.back();
  named.pop_back();
  const bool several = !named.empty();
  return cat(anomaly.machine, ": ", join(named, ", "), several ? " and " : "", last, several ? " are" : " is",
             " unlike what ", several ? "they were" : "it was", " in health");
}

json::Value anomaly_json(const Anomaly& anomaly) {
  json::Array contributions;
  for (const auto& [sensor, share] : anomaly.contributions)
    contributions.push_back(json::Array{sensor, share});
  return json::Object{{"id", anomaly.id},
                      {"machine", anomaly.machine},
                      {"detector", anomaly.detector},
                      {"from", to_ms(anomaly.from)},
                      {"to", to_ms(anomaly.to)},
                      {"score", anomaly.score},
                      {"threshold", anomaly.threshold},
                      {"contributions", std::move(contributions)},
                      {"over", anomaly.over},
                      {"sentence", sentence(anomaly)}};
}

std::optional<Anomaly> parse_anomaly(const json::Value& value) {
  Anomaly anomaly;
  const auto text = [&](const char* name, std::string& to) {
    const auto* member = value.find(name);
    if (member == nullptr || member->text() == nullptr) return false;
    to = *member->text();
    return true;
  };
  const auto number = [&](const char* name) {
    const auto* member = value.find(name);
    return member != nullptr ? member->number() : std::nullopt;
  };
  const auto from = number("from"), to = number("to"), score = number("score"),
             threshold = number("threshold");
  if (!text("id", anomaly.id) || !text("machine", anomaly.machine) || !text("detector", anomaly.detector) ||
      !from || !to || !score || !threshold) {
    return std::nullopt;
  }
  anomaly.from = WallTime(milliseconds(static_cast<int64_t>(*from)));
  anomaly.to = WallTime(milliseconds(static_cast<int64_t>(*to)));
  anomaly.score = *score;
  anomaly.threshold = *threshold;
  if (const auto* over = value.find("over"); over != nullptr && over->boolean() != nullptr) {
    anomaly.over = *over->boolean();
  }
  const auto* shares = value.find("contributions");
  if (shares == nullptr || shares->array() == nullptr) return anomaly;
  for (const auto& share : *shares->array()) {
    const auto* pair = share.array();
    if (pair == nullptr || pair->size() != 2 || pair->front().text() == nullptr) continue;
    anomaly.contributions.emplace_back(*pair->front().text(), pair->back().number().value_or(0));
  }
  return anomaly;
}

std::optional<Anomaly> AnomalyTracker::note(const Score& score) {
  if (!std::isfinite(score.value)) return std::nullopt;
  return score.value > score.threshold ? above(score) : below();
}

std::optional<Anomaly> AnomalyTracker::above(const Score& score) {
  below_ = 0;
  if (above_++ == 0) first_ = score;
  if (!highest_ || above_ == 1 || score.value > highest_->value) highest_ = score;
  if (!anomaly_) {
    if (above_ < kBegin) return std::nullopt;
    anomaly_ = Anomaly{.id = cat(machine_, "-", detector_, "-", to_ms(first_->time)),
                       .machine = machine_,
                       .detector = detector_,
                       .from = first_->time,
                       .to = score.time,
                       .score = highest_->value,
                       .threshold = score.threshold,
                       .contributions = highest_->contributions};
    return anomaly_;
  }
  anomaly_->to = score.time;
  if (score.value > anomaly_->score) {
    anomaly_->score = score.value;
    anomaly_->contributions = score.contributions;
  }
  return anomaly_;
}

std::optional<Anomaly> AnomalyTracker::below() {
  above_ = 0;
  highest_.reset();
  if (!anomaly_ || ++below_ < kEnd) return std::nullopt;
  Anomaly ended = *std::exchange(anomaly_, std::nullopt);
  ended.over = true;
  below_ = 0;
  return ended;
}

}  // namespace oree::detection
