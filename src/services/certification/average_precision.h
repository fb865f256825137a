// How well the boxes of a detector fit those that people drew: average precision as COCO counts it. Pure.
//
// A box found counts as right when it has the label of a drawn one and overlaps it by at least t
// (intersection over union); each drawn box is found once, by the best score. The precision at 101 recalls is
// averaged over the labels that were drawn, `ap50` at t = 0.50, `ap` over t = 0.50, 0.55 ... 0.95. At most
// 100 boxes of a picture count. Crowds (one box around many) are neither right nor wrong. The same numbers as
// pycocotools (tests/optimise/test_average_precision.py).
//
// Detectors are wanted with every box that they can give, the doubtful ones too: a threshold cuts the recall.
#pragma once

#include <span>
#include <vector>

#include "services/certification/score.h"

namespace oree::certification {

struct Truth {  // drawn by somebody
  inference::Box box;
  size_t label_index = 0;
  bool crowd = false;
};
using Drawn = std::vector<Truth>;  // in one picture

struct AveragePrecision {
  double ap = 0, ap50 = 0;  // 0..1
  size_t boxes = 0;         // drawn ones that count
};

// `found` and `drawn`: one entry per picture, in the same order.
AveragePrecision average_precision(std::span<const Answer> found, std::span<const Drawn> drawn);

// Puts the average precisions of both networks into a score of objects; what is kept becomes a share of the
// reference's `ap`, bounded by resampling whole pictures. Leaves `score` alone when nothing was drawn.
void add_average_precision(Score& score, std::span<const Answer> reference, std::span<const Answer> answers,
                           std::span<const Drawn> drawn);

// Only objects with at least this score, as somebody with that threshold sees them.
std::vector<Answer> above(std::span<const Answer> answers, float threshold);

}  // namespace oree::certification
