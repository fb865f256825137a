// Which groups of a network's operators are worth their integers: the fastest mix of groups in integers and
// groups in floats whose answers stay near enough. Pure.
//
// Groups are neighbours in a row. What was measured of each alone is taken to add up: its integers save or
// cost time, they add noise to the answers, and where integers meet floats converting there and back costs
// time. That is near enough to say which mixes are worth measuring, no more.
//
//   const auto mixes = explore_mixes(costs, 0.001, known, measure);   // the fastest first
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "base/result.h"

namespace oree::search {

// Cuts a row of costs into at most `parts` runs of neighbours with sums as equal as a single walk makes them;
// gives the first index of each.
std::vector<size_t> cut_evenly(const std::vector<double>& costs, size_t parts);

struct GroupCost {
  double time = 0;      // what its integers take more than its floats; below 0 where they are faster
  double border = 0;    // what one border between it and floats takes
  double noise = 0;     // squared error over squared signal of the answers
  bool usable = false;  // false: there are no integers for it
};

// `alone`: the time when only this group is in integers; `without`: when all others are, and not this one;
// `none` and `all`: of the two ends. All as shares of the same time. Half of what both directions disagree
// about is what its borders cost.
GroupCost cost_of(double alone, double without, double none, double all, double noise);

using Mix = std::vector<bool>;  // of each group: in integers

double time_of(const Mix& mix, const std::vector<GroupCost>& costs);  // beside all in floats: below 0, faster
double noise_of(const Mix& mix, const std::vector<GroupCost>& costs);

// The fastest first; all of them with integers somewhere, with no more noise than that, and no slower than
// floats. Precondition: at most kMostGroups groups.
inline constexpr size_t kMostGroups = 16;
std::vector<Mix> best_mixes(const std::vector<GroupCost>& costs, double most_noise, size_t most);

struct MixFigures {
  double time = 0, noise = 0;
};
using MeasuredMixes = std::map<Mix, MixFigures>;
using MeasureMix = std::function<Result<MixFigures>(const Mix&)>;

// Sums are not all: so the most promising mixes are measured, and those whose first groups are floats, where
// many small networks lose time; from the fastest one group after the other is turned over. What is in
// `known` is not measured again, and what is measured is added. The fastest first, all within `most_noise`.
// Errors are those of `measure`; `unsupported` only skips a mix.
Result<std::vector<Mix>> explore_mixes(const std::vector<GroupCost>& costs, double most_noise,
                                       MeasuredMixes& known, const MeasureMix& measure);

}  // namespace oree::search
