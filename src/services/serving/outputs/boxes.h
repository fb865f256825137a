// Candidate boxes and what becomes of them: non-maximum suppression, back to the source picture, clipped.
#pragma once

#include <vector>

#include "services/serving/outputs/values.h"

namespace oree::serving {

// In pixels of the input tensor.
struct Candidate {
  inference::Box box;
  float score = 0;
  size_t label = 0;
};

inference::Box box_from_center(float x, float y, float width, float height);
float intersection_over_union(const inference::Box& a, const inference::Box& b);

// Greedy, per label: the best stays, all of its label that overlap it by more than `iou_threshold` go. Best
// first; equal scores keep their order. Only the kMaxCandidates best are looked at and at most kMaxObjects
// kept, so that a model gone wild costs milliseconds, not minutes.
inline constexpr size_t kMaxCandidates = 2'000;
inline constexpr size_t kMaxObjects = 300;
std::vector<Candidate> suppress(std::vector<Candidate> candidates, float iou_threshold);

// Suppressed candidates as objects in source pixels; what lies wholly outside the picture is left out.
inference::Prediction objects_from(const DecodeContext& context, const std::vector<Candidate>& kept);

// The best of `count` class scores that lie `stride` apart.
struct BestClass {
  size_t label = 0;
  float score = 0;
};
BestClass best_class(const float* scores, size_t count, size_t stride);

}  // namespace oree::serving
