// Operators of ours inside a session of theirs.
//
// The library is handed a table of functions for each operator (OrtCustomOp, of which we give the part that
// version 11 knows) and calls them from the threads that run the model. Must outlive the session.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/inference/backends/onnxruntime/ort_runtime.h"
#include "core/inference/model.h"

namespace oree::inference::ort {

class Operators {
 public:
  static Result<std::unique_ptr<Operators>> create(
      std::shared_ptr<const Runtime> runtime, std::span<const std::shared_ptr<const Operator>> operators);
  ~Operators();

  // Makes them known to sessions created with these options.
  Status add_to(OrtSessionOptions& options) const;
  // The first failure of any of them since the last call; their table has no way to say so themselves.
  Status take_failure() const;

 private:
  struct Entry;
  explicit Operators(std::shared_ptr<const Runtime> runtime);
  void compute(const Operator& entry, OrtKernelContext& context) const;
  Status computed(const Operator& entry, OrtKernelContext& context) const;

  std::shared_ptr<const Runtime> runtime_;
  std::vector<std::unique_ptr<Entry>> entries_;
  Owned<OrtCustomOpDomain> domain_;
  mutable std::mutex mutex_;
  mutable Status failure_;
};

}  // namespace oree::inference::ort
