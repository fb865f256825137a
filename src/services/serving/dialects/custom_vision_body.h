// The answer of the Custom Vision dialect as text. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "core/inference/predictor.h"

namespace oree::serving {

// Boxes come out as fractions of a picture of this size. Masks are `unsupported`.
Result<std::string> custom_vision_body(const inference::Prediction& prediction, WallTime created, int width,
                                       int height);

// As Python's repr(): shortest digits that read back the same; exponent below 1e-4 and from 1e16; always with
// a point or an exponent. Precondition: finite.
std::string python_float(double value);

}  // namespace oree::serving
