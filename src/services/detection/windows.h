// How rows become windows of 60, and how far a rebuilt window is from the real one. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "services/detection/rows.h"

namespace oree::detection {

inline constexpr size_t kSteps = 60;

// Where each window begins. natural: i … i+59, one window for each row from the 60th on. brief: what the
// function mise_en_serie_temporelle of the published training code makes: i+2 … i+61, and 61 windows fewer
// than rows; its last window ends with the last row, and the first two rows are never seen.
enum class WindowRule { natural, brief };
std::vector<size_t> window_starts(WindowRule rule, size_t rows, size_t steps = kSteps);

// The windows one after the other: starts.size() × steps × columns. The published function, to the value.
std::vector<double> mise_en_serie_temporelle(const Rows& rows);

// The mean of |a − b| over all values: the published function `erreur`. `invalid` for different or no sizes.
Result<double> erreur(std::span<const float> a, std::span<const float> b);
// The same split by column; their mean is erreur().
std::vector<double> erreur_by_column(std::span<const float> a, std::span<const float> b, size_t columns);

}  // namespace oree::detection
