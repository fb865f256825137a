// Which way of quantising suits a network: each is made, run as the target computes, and compared with the
// float network's answers on some of the calibration samples.
//
//   auto chooser = Chooser::calibrate({prepared, dataset, float_values, options, tools, work});
//   auto best = chooser->best_for(kernels::Target::avx2);   // points into the chooser
//
// One thread; everything in Given is borrowed for the chooser's life.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/workshop/calibrate.h"
#include "nodes/workshop/optimise.h"
#include "services/quantisation/quantise.h"

namespace oree::workshop {

// The network to quantise, its channels as they came or evened out, and what its tensors look like.
struct Variant {
  std::string name;
  graph::Model model;
  Observations observations;
};

struct Candidate {
  calibration::Method method;
  const Variant* variant = nullptr;
  quantisation::Quantised quantised;
  double sqnr_db = -1;
  size_t prefix = 0;  // operators with weights at the beginning that stay in float
};

// Those that decide between recipes.
std::span<const Sample> choosing_samples(const Dataset& dataset);

class Chooser {
 public:
  struct Given {
    const graph::Model& model;  // prepared
    const Dataset& dataset;
    const std::vector<certification::Answer>& float_values;  // of choosing_samples()
    const OptimiseOptions& options;
    const Tools& tools;
    const std::filesystem::path& work;  // a folder for temporary files
  };
  // Looks at the network's tensors, and at those of its twin with channels evened out.
  static Result<Chooser> calibrate(const Given& given);
  // First the variant, by one method; then the method; then how many of the first operators stay in float.
  Result<Candidate> best_for(kernels::Target target) const;

 private:
  explicit Chooser(const Given& given) : given_(given) {}
  Status equalise(const std::vector<std::string>& names);
  Result<Candidate> candidate(const Variant& variant, calibration::Method method, kernels::Target target,
                              size_t prefix = 0) const;
  Result<Candidate> with_prefix(Candidate best, kernels::Target target) const;

  Given given_;
  std::vector<Variant> variants_;
};

}  // namespace oree::workshop
