// How far the scores of a detector's objects may err before objects come and go. Pure.
//
// What users see of a detector is which objects pass its threshold. Two hundred objects agree or do not; a
// handful that pass by chance decides. But all that lie near the threshold tell how far scores err, and from
// that follows how many will pass on the other side: an object with score s flips with probability
// Phi(-|s - threshold| / error). So recipes are compared, and bounded, by that error, which a few pictures
// show.
#pragma once

#include <span>

#include "services/certification/score.h"

namespace oree::certification {

// Answers from here on are worth comparing; ask networks with this threshold.
constexpr float doubtful(float threshold) {
  return threshold / 2;
}

// Mean squared difference of scores, over objects of the reference that lie between doubtful() and half-way
// from the threshold to 1, with the object of the same label that overlaps most. An object that only one
// of them sees counts as a large difference. 0 of no objects.
double score_noise(std::span<const Answer> reference, std::span<const Answer> answers, float threshold);

// The noise at which that share of the objects above the threshold is expected to come or go.
double tolerable_noise(std::span<const Answer> reference, float threshold, double share);

}  // namespace oree::certification
