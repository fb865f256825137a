#include "services/rollouts/testing/policies.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace oree::rollouts::testing {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

class Ours final : public Policy {
 public:
  Ours(const RolloutPlan& plan, WallTime now) : plan_(plan), state_(begin(plan, now)) {}

  Ending tick(World& world, WallTime now) override {
    for (const Step& step : next_steps(plan_, state_, world.fleet(), now)) {
      apply(state_, step);
      if (step.kind == StepKind::offer) world.desire(step.station, true, shadow_of(plan_, step.wave));
      if (step.kind == StepKind::withdraw || step.kind == StepKind::roll_back)
        world.desire(step.station, false);
    }
    using enum RolloutStatus;
    if (state_.status == done) return Ending::done;
    if (state_.status == paused) return Ending::paused;
    return state_.status == running ? Ending::running : Ending::stopped;
  }
  std::string reason() const override { return state_.reason; }
  bool goes_back() const override { return true; }

 private:
  RolloutPlan plan_;
  RolloutState state_;
};

enum class Answer { none, succeeded, failed, timed_out };

// What the others hear: the first final answer of an update, and nothing afterwards.
class Answers {
 public:
  void offer(World& world, const std::string& id, WallTime now) {
    world.desire(id, true);
    offered_[id] = {now, Answer::none};
  }
  void listen(World& world, WallTime now, microseconds timeout) {
    for (auto& [id, update] : offered_) {
      if (update.answer != Answer::none) continue;
      const StationReport& report = world.fleet().stations[id];
      if (report.state == StationState::healthy) update.answer = Answer::succeeded;
      if (report.state == StationState::failed || report.state == StationState::rolled_back) {
        update.answer = Answer::failed;
      }
      const bool is_late = timeout > microseconds{0} && now - update.since > timeout;
      if (update.answer == Answer::none && is_late) update.answer = Answer::timed_out;
    }
  }
  bool has(const std::string& id) const { return offered_.contains(id); }
  int count(Answer answer) const {
    return static_cast<int>(
        std::ranges::count_if(offered_, [&](const auto& one) { return one.second.answer == answer; }));
  }
  int size() const { return static_cast<int>(offered_.size()); }

 private:
  struct Update {
    WallTime since;
    Answer answer = Answer::none;
  };
  std::map<std::string, Update> offered_;
};

// Stations in an order that mixes all classes.
std::vector<std::string> mixed(World& world) {
  std::vector<std::string> ids;
  for (const auto& [id, report] : world.fleet().stations) ids.push_back(id);
  Dice dice(99);
  for (size_t i = ids.size(); i > 1; --i)
    std::swap(ids[i - 1], ids[static_cast<size_t>(dice.below(static_cast<int>(i)))]);
  return ids;
}

constexpr double kGroups[] = {0.01, 0.10, 0.50, 1.0};  // up to this share of the fleet

// Groups, each with its own answers.
class InGroups : public Policy {
 public:
  Ending tick(World& world, WallTime now) override {
    if (ids_.empty()) {
      ids_ = mixed(world);
      start(world, now);
    }
    if (ending_ == Ending::paused) return ending_;
    for (Answers& group : groups_) group.listen(world, now, timeout());
    ending_ = decide(world, now);
    return ending_;
  }

 protected:
  virtual microseconds timeout() const { return microseconds{0}; }
  virtual Ending decide(World& world, WallTime now) = 0;
  bool start(World& world, WallTime now) {
    if (groups_.size() == std::size(kGroups)) return false;
    const auto end =
        static_cast<size_t>(std::ceil(kGroups[groups_.size()] * static_cast<double>(ids_.size())));
    Answers& group = groups_.emplace_back();
    for (; next_ < end; ++next_) group.offer(world, ids_[next_], now);
    return true;
  }
  std::vector<Answers> groups_;

 private:
  std::vector<std::string> ids_;
  size_t next_ = 0;
  Ending ending_ = Ending::running;
};

double share(int part, int whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / whole;
}

class Hawkbit final : public InGroups {
 public:
  Hawkbit(double success, double error) : success_(success / 100), error_(error / 100) {}

 private:
  Ending decide(World& world, WallTime now) override {
    for (const Answers& group : groups_) {
      if (share(group.count(Answer::failed), group.size()) > error_) return Ending::paused;
    }
    const Answers& newest = groups_.back();
    if (share(newest.count(Answer::succeeded), newest.size()) >= success_ && !start(world, now))
      return Ending::done;
    return Ending::running;
  }
  double success_;
  double error_;
};

class Flightctl final : public InGroups {
 public:
  explicit Flightctl(double success) : success_(success / 100) {}

 private:
  microseconds timeout() const override { return hours(24); }
  Ending decide(World& world, WallTime now) override {
    const Answers& newest = groups_.back();
    if (newest.count(Answer::none) > 0) return Ending::running;
    if (share(newest.count(Answer::succeeded), newest.size()) < success_) return Ending::paused;
    return start(world, now) ? Ending::running : Ending::done;
  }
  double success_;
};

class AwsJobs final : public Policy {
 public:
  explicit AwsJobs(double threshold) : threshold_(threshold / 100) {}

  Ending tick(World& world, WallTime now) override {
    if (ids_.empty()) ids_ = mixed(world);
    if (ending_ != Ending::running) return ending_;
    answers_.listen(world, now, hours(24));
    const int succeeded = answers_.count(Answer::succeeded);
    const int failed = answers_.count(Answer::failed) + answers_.count(Answer::timed_out);
    const int executed = succeeded + failed;
    if (executed >= 10 && share(failed, executed) >= threshold_) return ending_ = Ending::stopped;
    const double rate = std::min(1000.0, 10 * std::pow(2.0, succeeded / 50));
    const double minutes_passed = std::chrono::duration<double, std::ratio<60>>(now - last_).count();
    last_ = now;
    for (double left = rate * minutes_passed; left >= 1 && next_ < ids_.size(); --left) {
      answers_.offer(world, ids_[next_++], now);
    }
    if (next_ == ids_.size() && answers_.count(Answer::none) == 0) ending_ = Ending::done;
    return ending_;
  }

 private:
  double threshold_;
  std::vector<std::string> ids_;
  size_t next_ = 0;
  Answers answers_;
  WallTime last_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 2) + hours(8) - minutes(5)};
  Ending ending_ = Ending::running;
};

double hours_between(WallTime from, WallTime to) {
  return std::chrono::duration<double, std::ratio<3600>>(to - from).count();
}

}  // namespace

RolloutPlan bench_plan() {
  RolloutPlan plan;
  plan.id = "bench";
  plan.package = kNewPackage;
  plan.waves = usual_waves();
  plan.abort_when_undecided = true;
  return plan;
}

std::unique_ptr<Policy> ours(const RolloutPlan& plan, WallTime now) {
  return std::make_unique<Ours>(plan, now);
}

std::unique_ptr<Policy> hawkbit(double success_percent, double error_percent) {
  return std::make_unique<Hawkbit>(success_percent, error_percent);
}

std::unique_ptr<Policy> aws_jobs(double threshold_percent) {
  return std::make_unique<AwsJobs>(threshold_percent);
}

std::unique_ptr<Policy> flightctl(double success_percent) {
  return std::make_unique<Flightctl>(success_percent);
}

Outcome play(int stations, const Release& release, uint64_t seed,
             const std::function<std::unique_ptr<Policy>(WallTime)>& make, std::chrono::minutes step) {
  const WallTime start = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 2)) + hours(8);
  World world(stations, release, seed, start);
  const auto policy = make(start);
  Outcome out{.flaw = release.flaw};
  for (WallTime now = start; now < start + std::chrono::days(30); now += step) {
    world.advance(now);
    const Ending ending = policy->tick(world, now);
    if (out.hours_to_95 < 0 && world.on_new() >= stations * 95 / 100)
      out.hours_to_95 = hours_between(start, now);
    if (ending != Ending::running && out.ending == Ending::running) {
      out.ending = ending;
      out.hours_to_ending = hours_between(start, now);
      out.reason = policy->reason();
    }
    if (ending == Ending::running) continue;
    const bool is_empty = world.on_new() == 0;
    if (is_empty && ending == Ending::stopped) {
      out.hours_back = hours_between(start, now) - out.hours_to_ending;
      break;
    }
    // What else may come: drifting on, falling over; a good model has arrived.
    if (release.flaw == Flaw::none && (ending == Ending::paused || out.hours_to_95 >= 0)) break;
    const bool is_undecided = ending == Ending::stopped && policy->goes_back();
    if (!is_undecided && now - start > hours(24 * 7)) break;
  }
  out.ever_on_new = world.ever_on_new();
  out.on_new_at_end = world.on_new();
  return out;
}

}  // namespace oree::rollouts::testing
