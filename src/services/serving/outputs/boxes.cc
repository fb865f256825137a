#include "services/serving/outputs/boxes.h"

#include <algorithm>

namespace oree::serving {

using inference::Box;

Box box_from_center(float x, float y, float width, float height) {
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

float intersection_over_union(const Box& a, const Box& b) {
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const float area_a = (a.right - a.left) * (a.bottom - a.top);
  const float area_b = (b.right - b.left) * (b.bottom - b.top);
  const float shared = width * height;
  const float together = area_a + area_b - shared;
  return together > 0 ? shared / together : 0;
}

std::vector<Candidate> suppress(std::vector<Candidate> candidates, float iou_threshold) {
  std::ranges::stable_sort(candidates, std::ranges::greater{}, &Candidate::score);
  if (candidates.size() > kMaxCandidates) candidates.resize(kMaxCandidates);
  std::vector<Candidate> kept;
  for (const Candidate& candidate : candidates) {
    const bool covered = std::ranges::any_of(kept, [&](const Candidate& better) {
      return better.label == candidate.label &&
             intersection_over_union(better.box, candidate.box) > iou_threshold;
    });
    if (!covered) kept.push_back(candidate);
    if (kept.size() == kMaxObjects) break;
  }
  return kept;
}

inference::Prediction objects_from(const DecodeContext& context, const std::vector<Candidate>& kept) {
  const image::Placement& place = context.placement;
  const auto width = static_cast<float>(context.source_width);
  const auto height = static_cast<float>(context.source_height);
  inference::Prediction prediction;
  prediction.kind = inference::PredictionKind::objects;
  for (const Candidate& candidate : kept) {
    const Box box{std::clamp(candidate.box.left * place.scale_x + place.offset_x, 0.0f, width),
                  std::clamp(candidate.box.top * place.scale_y + place.offset_y, 0.0f, height),
                  std::clamp(candidate.box.right * place.scale_x + place.offset_x, 0.0f, width),
                  std::clamp(candidate.box.bottom * place.scale_y + place.offset_y, 0.0f, height)};
    if (box.right <= box.left || box.bottom <= box.top) continue;
    prediction.objects.push_back(
        {box, label_of(context.manifest, candidate.label), candidate.score, candidate.label});
  }
  return prediction;
}

BestClass best_class(const float* scores, size_t count, size_t stride) {
  BestClass best{0, scores[0]};
  for (size_t i = 1; i < count; ++i) {
    if (scores[i * stride] > best.score) best = {i, scores[i * stride]};
  }
  return best;
}

}  // namespace oree::serving
