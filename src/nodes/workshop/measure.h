// Time and memory of networks on this machine.
#pragma once

#include <filesystem>

#include "core/inference/model.h"
#include "services/certification/gates.h"

namespace oree::workshop {

struct Pace {
  double seconds = 1;        // about how long measuring takes
  size_t least_rounds = 15;  // of both, in turns
  // Of the thread that runs the networks instead of the clock's: what else the machine does counts for
  // neither. Both must be loaded with one thread.
  bool own_time = false;
  // From the middle of the time and 45 rounds on, measuring ends as soon as the 95 % interval of the ratio is
  // no wider than this share of it. Whether it may end is asked of its width alone, so that no answer is
  // favoured.
  double narrow = 0;
};

// Both in turns, in random order, so that whatever else the machine does meets both alike. The interval is of
// the ratio of medians, from 1,000 resamplings of the rounds.
Result<certification::Comparison> compare_times(const inference::Model& reference,
                                                const inference::Model& optimised,
                                                const tensor::TensorView& input, const Pace& pace);

// The other's time as a share of the reference's, for choosing between many: of lower quartiles.
Result<double> time_ratio(const inference::Model& reference, const inference::Model& other,
                          const tensor::TensorView& input, const Pace& pace);

// One network alone, for a table.
Result<certification::Timing> time_of(const inference::Model& model, const tensor::TensorView& input,
                                      const Pace& pace);

// What loading and running a network adds to a process: asked of a fresh process, `program` optimise weigh
// FILE, which prints it. nullopt where that is not possible, or `program` is empty.
std::optional<uint64_t> memory_of(const std::filesystem::path& program, const std::filesystem::path& model);
// In that process: resident bytes after loading and three runs, less those before.
Result<uint64_t> weigh(const std::filesystem::path& model, inference::Backend& backend);

}  // namespace oree::workshop
