// Which of several runtimes runs a network quickest on this machine: measured in turns, so that whatever else
// the machine does falls on all of them alike.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/inference/choice/backends.h"

namespace oree::inference {

// Times of one run, taken in turns: [round][candidate]; 0 = that candidate is out.
using Rounds = std::vector<std::vector<std::chrono::nanoseconds>>;

// The candidate to keep: the first that is in, unless another is surely quicker, that is by more than 3 % in
// the median of the rounds' ratios and in at least two thirds of the rounds. Pure. Precondition: one is
// in.
size_t quickest(const Rounds& rounds);

// Runs each model a few times on made-up inputs, at most two seconds in all, and fills `run` and `refused`. A
// null model is out; so is one whose signature or answers differ from the first's. nullopt: none can be run.
std::optional<size_t> measure(std::span<const std::shared_ptr<const Model>> models,
                              std::vector<Candidate>& candidates);

// Inputs for a signature: variable dimensions 1 (a batch) or as small as the network may want, values from a
// fixed sequence. Empty text.
Result<std::vector<tensor::Tensor>> made_up_inputs(const Signature& signature);

}  // namespace oree::inference
