// How near a network's answers are to the float network's, for choosing between recipes: in decibels, so that
// noises add up and twice as much is 3 dB.
//
// Of classes and values it is the signal over the difference of all outputs. Of a detector most outputs are
// boxes of nothing; there it is the error of scores near the threshold (certification/passing.h), and how
// much of that is too much follows from how many objects lie there.
//
// What is given is borrowed. One thread.
#pragma once

#include <span>
#include <vector>

#include "core/inference/model.h"
#include "nodes/workshop/dataset.h"

namespace oree::workshop {

class Closeness {
 public:
  // Asks the float network about `samples`, unless its outputs are given and enough.
  static Result<Closeness> to(const Network& network, const inference::Model& float_model,
                              const Dataset& dataset, std::span<const Sample> samples,
                              std::span<const certification::Answer> float_values);

  using Answers = std::vector<certification::Answer>;
  Result<Answers> ask(const inference::Model& model, std::span<const Sample> samples) const;
  Result<Answers> ask(const inference::Model& model, std::span<const Input> inputs) const;

  // `answers` are to the first of the samples.
  double db(std::span<const certification::Answer> answers) const;
  double enough() const { return enough_; }

 private:
  Closeness(const Network& network, const Dataset& dataset) : network_(&network), dataset_(&dataset) {}

  const Network* network_;
  const Dataset* dataset_;
  Answers reference_;
  double enough_ = 0;
};

}  // namespace oree::workshop
