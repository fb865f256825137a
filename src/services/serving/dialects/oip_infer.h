// An inference in the Open Inference Protocol's terms, whatever wire form it came in: named tensors in, named
// tensors out, checked against the model with the sentences that clients of the protocol know.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "platform/tensor/tensor.h"
#include "services/serving/repository/served_model.h"

namespace oree::serving {

struct InferInput {
  std::string name;
  tensor::DType dtype = tensor::DType::f32;
  tensor::Shape shape;
  ByteView data;  // aligned for dtype
  std::shared_ptr<const void> keep;
};

struct InferRequest {
  std::string id;
  std::vector<InferInput> inputs;
  std::vector<std::string> outputs;  // empty = all
};

struct InferOutput {
  std::string name;
  inference::Output tensor;
};

struct InferAnswer {
  std::string model_name;
  std::string model_version;
  std::string id;
  std::vector<InferOutput> outputs;  // as asked for
};

Result<InferAnswer> infer(const ServedModel& served, const InferRequest& request);

}  // namespace oree::serving
