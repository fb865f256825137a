// Do two answers to the same picture say the same? Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "core/inference/predictor.h"

namespace oree::serving {

// Classes: the same best label. Objects: nine in ten of both sides find a partner of the same label that
// overlaps by half (intersection over union). Maps: nine in ten cells are the same.
bool agree(const inference::Prediction& a, const inference::Prediction& b);

// What `agreed` of `all` answers say of a share of at least `wanted`. Few answers miss a share by chance:
// then more are asked for. Refuted is what chance does not explain: of 10,000 new versions that agree exactly
// that often one at most, however often one looks.
enum class Share { reached, unclear, refuted };
Share judge_share(double wanted, uint64_t agreed, uint64_t all);

// How sure an answer is, 0 to 1: the best class, the mean of the objects' scores; nullopt where nothing says
// so.
std::optional<double> confidence_of(const inference::Prediction& prediction);

}  // namespace oree::serving
