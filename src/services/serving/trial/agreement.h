// Do two answers to the same picture say the same? Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "core/inference/predictor.h"

namespace oree::serving {

// Classes: the same best label. Objects: nine in ten of both sides find a partner of the same label that
// overlaps by half (intersection over union). Maps: nine in ten cells are the same.
bool agree(const inference::Prediction& a, const inference::Prediction& b);

// Whether `agreed` of `all` answers speak for a share of at least `wanted`. Few answers miss a share by
// chance; what chance explains is left to the gates of the roll-out, which see every station: of 10,000 new
// versions that agree exactly that often one at most is refused here.
bool agrees_enough(double wanted, uint64_t agreed, uint64_t all);

// How sure an answer is, 0 to 1: the best class, the mean of the objects' scores; nullopt where nothing says
// so.
std::optional<double> confidence_of(const inference::Prediction& prediction);

}  // namespace oree::serving
