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
#include "nodes/workshop/choice/closeness.h"
#include "nodes/workshop/optimise.h"
#include "services/quantisation/even_gates.h"
#include "services/quantisation/quantise.h"

namespace oree::workshop {

// The network to quantise, its channels as they came or evened out, and what its tensors look like.
struct Variant {
  std::string name;
  graph::Model model;
  Observations observations;
  std::unordered_map<std::string, calibration::Range> gated = {};  // of tensors that gate themselves
  quantisation::ChannelsOf channels = {};                          // when gates are evened out (even_gates.h)
};

struct Candidate {
  calibration::Method method;
  const Variant* variant = nullptr;
  quantisation::Quantised quantised;
  double near_db = -1;              // closeness.h
  double first_db = -1;             // on the first of the choosing samples, where others are held against it
  std::vector<std::string> floats;  // outputs of operators with weights that stay in float
  double time = -1;                 // beside the float network's, on this machine; -1: not measured
};

// Those that decide between recipes.
std::span<const Sample> choosing_samples(const Dataset& dataset);

class Chooser {
 public:
  struct Given {
    const graph::Model& model;  // prepared
    const Network& network;
    const inference::Model& float_model;  // as it came
    const Dataset& dataset;
    const std::vector<certification::Answer>& float_values;  // of choosing_samples()
    const OptimiseOptions& options;
    const Tools& tools;
    const std::filesystem::path& work;  // a folder for temporary files
  };
  // Looks at the network's tensors, and at those of its twin with channels evened out.
  static Result<Chooser> calibrate(const Given& given);
  // First the variant, by one method; then the method; then, where answers suffer or nothing is gained, which
  // operators stay in float (islands.h). What was best for another target is tried first, and is enough when
  // it is as good.
  Result<Candidate> best_for(kernels::Target target, const Candidate* elsewhere = nullptr) const;

 private:
  Chooser(const Given& given, Closeness closeness) : given_(given), closeness_(std::move(closeness)) {}
  Status equalise(const std::vector<std::string>& names);
  void even_gates();
  // `best`: how good another one is on each sample; much worse ones are not run to the end.
  Result<Candidate> candidate(const Variant& variant, calibration::Method method, kernels::Target target,
                              const std::vector<std::string>& floats, const Candidate* best) const;
  Result<quantisation::Quantised> quantised(const Variant& variant, calibration::Method method,
                                            kernels::Target target,
                                            const std::vector<std::string>& floats) const;
  Status measure(Candidate& made, kernels::Target target, const Candidate* best) const;
  Status time(Candidate& made, kernels::Target target) const;
  bool fast_enough(const Candidate& made) const;
  bool good(const Candidate& made) const;
  Result<Candidate> mixed(Candidate best, kernels::Target target) const;
  Result<Candidate> by_other_means(Candidate best, kernels::Target target) const;

  Given given_;
  Closeness closeness_;
  std::vector<Variant> variants_;
  std::vector<Input> inputs_;  // a few of the choosing samples, for what is measured often
};

}  // namespace oree::workshop
