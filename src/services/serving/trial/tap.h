// Who hears of every answer that a model gives, whoever asked: how trials and measurements learn from real
// requests.
#pragma once

#include "core/inference/predictor.h"

namespace oree::serving {

// Called from the thread that answers, after the answer was made: must be quick, and thread-safe.
class AnswerTap {
 public:
  virtual ~AnswerTap() = default;
  virtual void predicted(const inference::Identity& model, const image::ImageView& picture,
                         const Result<inference::Prediction>& prediction, microseconds took) = 0;
  // Tensors in, tensors out.
  virtual void ran(const inference::Identity& model, bool succeeded, microseconds took) = 0;
};

}  // namespace oree::serving
