// What LiteRT and we both need to know of a network's file before anything is run: read by our own reader,
// which trusts nothing, because LiteRT does not survive every damaged file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/inference/backends/litert/litert_model.h"
#include "platform/tflite/tflite.h"

namespace oree::inference::litert {

// LiteRT's number of a datatype; 0: not carried.
int32_t element_of(tensor::DType dtype);

// Inputs and outputs of the main subgraph under the names of its tensors; -1 where a run may differ.
// `unsupported` for text and for what has no datatype of ours.
Result<inference::Signature> signature_of(const tflite::Model& model);

struct LiteRtModel::Network {
  std::shared_ptr<const Runtime> runtime;
  std::shared_ptr<const ByteBuffer> bytes;
  Owned<NetworkHandle> handle;
  std::vector<size_t> input_order, output_order;  // LiteRT's place of our i-th

  static Result<std::shared_ptr<const Network>> create(std::shared_ptr<const Runtime> runtime,
                                                       std::shared_ptr<const ByteBuffer> bytes,
                                                       const inference::Signature& signature);
};

}  // namespace oree::inference::litert
