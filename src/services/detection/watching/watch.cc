#include "services/detection/watching/watch.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace oree::detection {
namespace {

constexpr size_t kMostKept = 4096;  // rows of one machine, beyond what is learnt from
constexpr size_t kLeastLearnt = 60;
constexpr size_t kScores = 120;  // of one machine that are remembered
constexpr size_t kTraced = 300;  // rows that go along with an anomaly, when there are as many

Contributions named(const std::vector<double>& shares, const std::vector<std::string>& columns) {
  Contributions out;
  for (size_t i = 0; i < shares.size() && i < columns.size(); ++i) out.emplace_back(columns[i], shares[i]);
  std::ranges::stable_sort(out, [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

}  // namespace

bool Watch::covers(std::string_view machine) const {
  std::string_view wanted = setting_.machines;
  if (!wanted.ends_with('*')) return machine == wanted;
  wanted.remove_suffix(1);
  return machine.starts_with(wanted);
}

size_t Watch::learning_rows() const {
  return std::max(kLeastLearnt, static_cast<size_t>(setting_.learn / setting_.step));
}

// One that learnt before a restart goes on with the columns it knows.
Watch::Machine& Watch::machine(const std::string& name) {
  const auto at = machines_.find(name);
  if (at != machines_.end()) return at->second;
  const bool learns = setting_.kind != "network";
  auto recalled = learns && world_.recall ? world_.recall(name) : std::nullopt;
  const size_t keep = std::max(kMostKept, learning_rows());
  auto& made = machines_
                   .emplace(name, Machine{readings::RowGrid(recalled ? recalled->columns : setting_.sensors,
                                                            setting_.step, keep),
                                          AnomalyTracker(name, setting_.name),
                                          nullptr,
                                          {},
                                          {},
                                          false})
                   .first->second;
  if (recalled) take_up(name, made, *std::move(recalled));
  return made;
}

// What cannot be learnt again is learnt anew from what comes.
void Watch::take_up(const std::string& name, Machine& machine, Learnt learnt) {
  auto detector = world_.make();
  const Rows rows{learnt.values, learnt.columns.size()};
  const Status fitted = detector ? (*detector)->fit(rows) : Status(forward(detector));
  if (!fitted) {
    world_.log.warning(cat("detector '", setting_.name, "' forgot machine '", name,
                           "' and learns it again: ", fitted.error().what));
    return;
  }
  machine.learnt = std::move(learnt);
  machine.detector = *std::move(detector);
}

void Watch::note(const std::vector<readings::SensorReading>& said) {
  for (const auto& reading : said) {
    if (!covers(reading.machine)) continue;
    Machine& known = machine(reading.machine);
    if (known.failed) continue;
    const size_t completed = known.grid.note(reading);
    if (completed == 0) continue;
    if (!known.detector) learn(reading.machine, known);
    if (known.detector) judge(reading.machine, known, completed);
  }
}

// Columns that come later than the learning are not judged: the detector knows nothing of them.
void Watch::learn(const std::string& name, Machine& machine) {
  const size_t wanted = setting_.kind == "network" ? 1 : learning_rows();
  if (machine.grid.count() < wanted) {
    world_.on_learning(name, static_cast<double>(machine.grid.count()) / static_cast<double>(wanted));
    return;
  }
  auto detector = world_.make();
  const Rows rows{machine.grid.values(), machine.grid.columns()};
  Status fitted = detector ? (*detector)->fit(rows) : Status(forward(detector));
  if (!fitted) {
    machine.failed = true;
    world_.log.error(
        cat("detector '", setting_.name, "' cannot watch machine '", name, "': ", fitted.error().what));
    return;
  }
  machine.detector = std::move(*detector);
  machine.learnt.columns = machine.grid.sensors();
  if (setting_.kind == "network") return;
  machine.learnt.values = machine.grid.values();
  if (world_.remember) world_.remember(name, machine.learnt);
}

void Watch::judge(const std::string& name, Machine& machine, size_t completed) {
  const size_t columns = machine.learnt.columns.size();
  if (machine.grid.columns() != columns) return;
  const Rows rows{machine.grid.values(), columns};
  const size_t window = machine.detector->window();
  for (size_t left = std::min(completed, rows.count()); left > 0; --left) {
    const size_t end = rows.count() - (left - 1);
    if (end < window) continue;
    const auto judged = machine.detector->judge(rows.part(end - window, window));
    if (!judged || !std::isfinite(judged->score)) continue;
    const WallTime time = machine.grid.newest() - setting_.step * static_cast<int64_t>(left - 1);
    const Score score{time, judged->score, judged->threshold * setting_.factor,
                      named(judged->contributions, machine.learnt.columns)};
    world_.on_score(name, score);
    machine.scores.emplace_back(time, score.value);
    if (machine.scores.size() > 2 * kScores)
      machine.scores.erase(machine.scores.begin(), machine.scores.end() - kScores);
    const auto anomaly = machine.tracker.note(score);
    if (!anomaly) continue;
    const size_t shown = std::min(end, std::max(window, kTraced));
    world_.on_anomaly(*anomaly, {score, machine.learnt.columns, rows.part(end - shown, shown), window,
                                 machine.learnt, machine.scores});
  }
}

}  // namespace oree::detection
