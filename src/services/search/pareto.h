// Which results are worth having when several things matter at once. All objectives are minimised. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace oree::search {

using Objectives = std::vector<double>;

// `a` is nowhere worse than `b` and somewhere better.
bool dominates(const Objectives& a, const Objectives& b);

// Indices of those that nothing dominates, in their order; of equal ones the first.
std::vector<size_t> front_of(std::span<const Objectives> all);

// The volume between the front and `reference`, which every point that counts is better than; exact, by
// slicing along the last objective. For fronts of some hundred points and up to five objectives.
double hypervolume(std::span<const Objectives> all, const Objectives& reference);

// Of the front: the point whose worst objective, measured from the best of each and in units of `scale`, is
// the best (Chebyshev): it finds points in hollows of the front, which no weighted sum does. Precondition:
// `all` is not empty; scales above 0.
size_t balanced_pick(std::span<const Objectives> all, const Objectives& scale);

}  // namespace oree::search
