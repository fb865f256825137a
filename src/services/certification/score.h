// How good a network's answers are, against labels and against the float network's answers on the same
// samples. Pure.
//
// Both networks saw the same samples, so the comparison is paired: `won` and `lost` count the samples that
// only one of them got right (McNemar), and the share of accuracy kept has a one-sided 95 % bound from them.
// Shares of one network alone have Wilson intervals.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/inference/predictor.h"

namespace oree::certification {

enum class Task { classes, objects, values };

// What a network says of one sample.
struct Answer {
  std::vector<float> scores;               // classes: one per class; values: all outputs
  std::vector<inference::Object> objects;  // of a detector, best first
};

struct Interval {
  double low = 0, high = 0;
};
// Wilson score interval, 95 %, of `hits` out of `n`.
Interval wilson(size_t hits, size_t n);

struct Score {
  Task task = Task::classes;
  size_t samples = 0, labelled = 0;
  size_t top1 = 0, top5 = 0, reference_top1 = 0, reference_top5 = 0;  // of the labelled
  size_t won = 0, lost = 0;
  double agreement = 0;  // with the reference: same class; objects matched (F1); 1 - relative error of values
  Interval agreement_range;
  double kept = 0;      // accuracy / reference accuracy with labels, otherwise agreement
  double kept_low = 0;  // 95 % sure to be at least this
  double p_value = 1;   // of "both are equally good" (exact McNemar)
  double sqnr_db = 0;   // of the scores, signal over difference
  // Of objects held against drawn boxes (average_precision.h); `kept` is then ap / reference_ap.
  size_t boxes = 0;
  double ap = 0, ap50 = 0, reference_ap = 0, reference_ap50 = 0;
  bool has_labels() const { return labelled > 0; }
  // "top-1 of 238 labelled samples", "AP over 120 boxes on 60 samples", "agreement on 60 samples"
  std::string score_label() const;
};

// `labels` are class indices, -1 for unknown, one per sample (or empty). Objects count as matched with the
// same label and an intersection over union of at least 0.5.
Score score(Task task, std::span<const Answer> reference, std::span<const Answer> answers,
            std::span<const int> labels);

// Several scores of the same two networks as one.
Score pool(std::span<const Score> scores);
// 95 % sure to keep no more than this; with kept_low it is a 90 % interval.
double kept_high(const Score& score);

size_t best_class(const Answer& answer);

}  // namespace oree::certification
