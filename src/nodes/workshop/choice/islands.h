// Which operators are worth their integers, measured: groups of neighbours, each alone in integers among
// floats and each alone in floats among integers, in time and in what the answers lose.
//
//   auto islands = Islands::measure({model, float_model, make, backend, work, inputs, closeness, true});
//   auto mixes = islands->floats(0.001);   // of each, the operators to keep in float; the fastest first
//
// Time is that of this machine, or where its kernels say nothing about the target's, a count of products.
// One thread; what is given is borrowed for its life.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/inference/model.h"
#include "nodes/workshop/choice/closeness.h"
#include "services/quantisation/recipe.h"
#include "services/search/mix.h"

namespace oree::workshop {

class Islands {
 public:
  struct Given {
    const graph::Model& model;            // float
    const inference::Model& float_model;  // the same, loaded: what times are held against
    // The network in integers but for the operators with these outputs.
    std::function<Result<quantisation::Quantised>(const std::vector<std::string>&)> make;
    inference::Backend& backend;
    const std::filesystem::path& work;  // a folder for temporary files
    std::span<const Input> inputs;
    const Closeness& closeness;  // of which these are the first samples
    bool timed = true;
  };
  static Result<Islands> measure(const Given& given);

  // Outputs of operators with weights that should stay in float, the fastest first: of mixes that lost no
  // more than that share of the answers of the few inputs.
  Result<std::vector<std::vector<std::string>>> floats(double most_noise);

 private:
  explicit Islands(const Given& given) : given_(given) {}
  void cut();
  std::vector<std::string> without(const search::Mix& mix) const;
  // `unsupported` when none of these groups has integers.
  Result<search::MixFigures> figures(const search::Mix& mix) const;
  double guessed_time(const search::Mix& mix) const;

  Given given_;
  std::vector<std::vector<std::string>> groups_;
  std::vector<double> work_;  // share of each group of all products
  std::vector<search::GroupCost> costs_;
  search::MeasuredMixes known_;
};

}  // namespace oree::workshop
