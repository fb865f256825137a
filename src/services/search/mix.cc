#include "services/search/mix.h"

#include <algorithm>
#include <numeric>

namespace oree::search {

std::vector<size_t> cut_evenly(const std::vector<double>& costs, size_t parts) {
  const double all = std::accumulate(costs.begin(), costs.end(), 0.0);
  std::vector<size_t> first;
  double sum = 0;
  for (size_t i = 0; i < costs.size(); ++i) {
    const double begun =
        static_cast<double>(first.size()) * all / static_cast<double>(std::max<size_t>(parts, 1));
    const bool due = first.empty() || (first.size() < parts && sum + costs[i] / 2 >= begun);
    // The last parts must not be left without a layer.
    const bool forced = first.size() < parts && costs.size() - i <= parts - first.size();
    if (due || forced) first.push_back(i);
    sum += costs[i];
  }
  return first;
}

GroupCost cost_of(double alone, double without, double none, double all, double noise) {
  const double more = alone - none, less = without - all;  // time + 2 borders, -time + 2 borders
  return {(more - less) / 2, std::max(0.0, (more + less) / 4), noise, true};
}

double time_of(const Mix& mix, const std::vector<GroupCost>& costs) {
  double time = 0;
  for (size_t g = 0; g < mix.size(); ++g) {
    if (!mix[g]) continue;
    time += costs[g].time;
    if (g == 0 || !mix[g - 1]) time += costs[g].border;
    if (g + 1 == mix.size() || !mix[g + 1]) time += costs[g].border;
  }
  return time;
}

double noise_of(const Mix& mix, const std::vector<GroupCost>& costs) {
  double noise = 0;
  for (size_t g = 0; g < mix.size(); ++g) noise += mix[g] ? costs[g].noise : 0;
  return noise;
}

std::vector<Mix> best_mixes(const std::vector<GroupCost>& costs, double most_noise, size_t most) {
  struct Found {
    double time;
    Mix mix;
  };
  std::vector<Found> found;
  for (size_t bits = 1; bits < size_t{1} << costs.size(); ++bits) {
    Mix mix(costs.size());
    bool usable = true;
    for (size_t g = 0; g < costs.size(); ++g) {
      mix[g] = (bits >> g & 1) != 0;
      usable = usable && (!mix[g] || costs[g].usable);
    }
    if (!usable || noise_of(mix, costs) > most_noise) continue;
    const double time = time_of(mix, costs);
    if (time < 0) found.push_back({time, std::move(mix)});
  }
  std::ranges::stable_sort(found, {}, &Found::time);
  std::vector<Mix> best;
  for (size_t i = 0; i < std::min(found.size(), most); ++i) best.push_back(std::move(found[i].mix));
  return best;
}

namespace {

constexpr size_t kPromising = 4;
constexpr double kWorthIt = 0.005;  // of the time: less is not told from chance

// Measures once; false where a mix does not exist.
class Explorer {
 public:
  Explorer(double most_noise, MeasuredMixes& known, const MeasureMix& measure)
      : most_noise_(most_noise), known_(known), measure_(measure) {}

  Result<bool> better(const Mix& mix, double than) {
    auto found = known_.find(mix);
    if (found == known_.end()) {
      const Result<MixFigures> figures = measure_(mix);
      if (!figures && figures.error().kind == ErrorKind::unsupported) return false;
      if (!figures) return forward(figures);
      found = known_.emplace(mix, *figures).first;
    }
    return found->second.noise <= most_noise_ && found->second.time < than - kWorthIt;
  }

  std::vector<Mix> fastest_first() const {
    std::vector<Mix> mixes;
    for (const auto& [mix, figures] : known_) {
      if (figures.noise <= most_noise_) mixes.push_back(mix);
    }
    std::ranges::stable_sort(mixes, {}, [&](const Mix& mix) { return known_.at(mix).time; });
    return mixes;
  }

 private:
  double most_noise_;
  MeasuredMixes& known_;
  const MeasureMix& measure_;
};

}  // namespace

Result<std::vector<Mix>> explore_mixes(const std::vector<GroupCost>& costs, double most_noise,
                                       MeasuredMixes& known, const MeasureMix& measure) {
  Explorer explorer(most_noise, known, measure);
  std::vector<Mix> first = best_mixes(costs, most_noise, kPromising);
  for (size_t floats = 0; floats < costs.size(); ++floats) {
    Mix mix(costs.size(), true);
    std::fill_n(mix.begin(), floats, false);
    if (noise_of(mix, costs) <= most_noise) first.push_back(std::move(mix));
  }
  for (const Mix& mix : first) {
    if (const auto done = explorer.better(mix, 0); !done) return forward(done);
  }
  const std::vector<Mix> found = explorer.fastest_first();
  if (found.empty()) return found;
  Mix best = found[0];
  for (size_t g = 0; g < costs.size(); ++g) {
    Mix other = best;
    other[g] = !other[g];
    if (std::ranges::count(other, true) == 0 || noise_of(other, costs) > most_noise) continue;
    const auto better = explorer.better(other, known.at(best).time);
    if (!better) return forward(better);
    if (*better) best = std::move(other);
  }
  return explorer.fastest_first();
}

}  // namespace oree::search
