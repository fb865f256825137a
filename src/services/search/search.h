// The best of many ways to prepare one network, found without trying them all.
//
// A space is a few axes with a few choices each (precision of a group of layers, runtime, threads). Trying
// one point costs a measurement. The search tries each choice once, alone, and fits a model of what choices
// and pairs of choices cost; then it tries, again and again, the point that by the model adds most to the
// front, and fits anew. Deterministic: the same answers give the same search. Pure but for `measure`.
//
//   auto found = explore(space, {.budget = 40, .reference = {1, 1, 1}}, [&](const Point& p) { return …; });
//   for (size_t i : front_of(objectives_of(found))) …
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/search/pareto.h"

namespace oree::search {

struct Axis {
  std::string name;
  std::vector<std::string> choices;  // the first is where the search begins
};
using Space = std::vector<Axis>;
using Point = std::vector<uint16_t>;  // an index of a choice for each axis

uint64_t size_of(const Space& space);                         // saturates
std::string text_of(const Space& space, const Point& point);  // "precision=int8 threads=2"

struct Trial {
  Point point;
  Objectives objectives;
};

struct Plan {
  size_t budget = 50;               // trials at most
  Objectives reference;             // hypervolume is measured from here; a point beyond it is worth nothing
  size_t most_predicted = 1 << 16;  // of a larger space a fixed sample of this size is looked at
  // After each trial; false ends the search.
  std::function<bool(const std::vector<Trial>&)> on_trial = {};
};

using Measure = std::function<Result<Objectives>(const Point&)>;

// All trials, in their order. A point that cannot be measured (`unsupported`) is skipped and not tried again;
// any other error ends the search. `invalid` for a space without axes or an axis without choices.
Result<std::vector<Trial>> explore(const Space& space, const Plan& plan, const Measure& measure);

std::vector<Objectives> objectives_of(const std::vector<Trial>& trials);

}  // namespace oree::search
