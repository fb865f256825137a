#include "core/inference/predictor.h"

#include <algorithm>

namespace oree::inference {

const LabelScore* Prediction::best() const {
  const auto found = std::ranges::max_element(classes, {}, &LabelScore::score);
  return found == classes.end() ? nullptr : &*found;
}

}  // namespace oree::inference
