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
#include <unordered_map>
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
  std::unordered_map<std::string, calibration::Range> gated;  // of tensors that gate themselves
};

struct Candidate {
  calibration::Method method;
  const Variant* variant = nullptr;
  quantisation::Quantised quantised;
  double sqnr_db = -1;
  double first_db = -1;             // on the first of the choosing samples, where others are held against it
  std::vector<std::string> floats;  // outputs of operators with weights that stay in float
  std::string kept;                 // which those are, in words; "" when there are none
};

// Those that decide between recipes.
std::span<const Sample> choosing_samples(const Dataset& dataset);

class Chooser {
 public:
  struct Given {
    const graph::Model& model;  // prepared
    certification::Task task;
    const Dataset& dataset;
    const std::vector<certification::Answer>& float_values;  // of choosing_samples()
    const OptimiseOptions& options;
    const Tools& tools;
    const std::filesystem::path& work;  // a folder for temporary files
  };
  // Looks at the network's tensors, and at those of its twin with channels evened out.
  static Result<Chooser> calibrate(const Given& given);
  // First the variant, by one method; then the method; then which operators stay in float: the first, or
  // those that lose most. What was best for another target is tried first, and is enough when it is as good.
  Result<Candidate> best_for(kernels::Target target, const Candidate* elsewhere = nullptr) const;

 private:
  explicit Chooser(const Given& given) : given_(given) {}
  Status equalise(const std::vector<std::string>& names);
  struct Floats {
    std::string kept;
    std::vector<std::string> outputs;
  };
  // `best`: how good another one is on each sample; much worse ones are not run to the end.
  Result<Candidate> candidate(const Variant& variant, calibration::Method method, kernels::Target target,
                              const Floats& floats, const Candidate* best) const;
  Status measure(Candidate& made, kernels::Target target, const Candidate* best) const;
  Result<Candidate> with_floats(Candidate best, kernels::Target target) const;

  Given given_;
  std::vector<Variant> variants_;
};

}  // namespace oree::workshop
