// A network as SQL sees it: items go in, numbers come out, many items in one run.
//
// An item is a row (inputs of shape [n, k], or k inputs of [n, 1] or [n], as SQL Edge wants them) or a window
// of rows (one input [n, rows, columns]). The first dimension is the batch; where it is fixed at 1, items run
// one after the other. Numeric inputs of any kind; outputs must be numeric. Thread-safe.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/inference/model.h"

namespace oree::queries {

class BatchModel {
 public:
  // `unsupported` for inputs that no row or window can fill, naming their shapes.
  static Result<std::shared_ptr<const BatchModel>> make(std::shared_ptr<const inference::Model> model);

  size_t window() const { return window_; }      // rows of an item; 1 for row models
  size_t features() const { return features_; }  // values of a row
  const std::vector<std::string>& inputs() const { return inputs_; }
  const std::vector<std::string>& outputs() const { return outputs_; }

  struct Answers {
    size_t width = 0;            // numbers per item, all outputs one behind the other
    std::vector<double> values;  // items × width
    std::vector<size_t> starts;  // of each output inside an item's numbers
  };
  // `items`: count × window() × features() numbers, row-major.
  Result<Answers> run(std::span<const double> items, size_t count) const;
  // What a window is judged by: the mean absolute difference between it and what the model makes of it, when
  // the model gives back a window; otherwise its first number.
  Result<std::vector<double>> errors(std::span<const double> items, size_t count) const;
  // The same of windows that overlap: `starts` are the first rows of each in `rows`, row-major. They are laid
  // out where the model reads them, and nowhere before.
  Result<std::vector<double>> window_errors(std::span<const double> rows,
                                            std::span<const size_t> starts) const;

 private:
  size_t at_once() const;
  bool may_rebuild(const tensor::Shape& shape) const;
  bool compares() const;
  Result<bool> compare_some(std::span<const double> items, size_t count, std::span<double> found) const;
  Result<bool> compare_input(const tensor::TensorView& input, std::span<double> found) const;
  Result<std::vector<double>> errors_of_any(std::span<const double> items, size_t count) const;
  Status run_some(std::span<const double> items, size_t count, Answers& answers) const;

  std::shared_ptr<const inference::Model> model_;
  size_t window_ = 1, features_ = 0;
  bool one_by_one_ = false;
  std::vector<std::string> inputs_, outputs_;
};

}  // namespace oree::queries
