// From a graph's outputs to a Prediction: one function per package::Decode, chosen from one table.
//
// Decoders are pure. What a graph delivers is not trusted: values that are no numbers, shapes that do not fit
// the labels and boxes outside the picture are refused or clipped, never undefined behaviour.
#pragma once

#include <span>

#include "base/result.h"
#include "core/inference/predictor.h"
#include "core/package/manifest.h"
#include "platform/image/preprocess.h"
#include "platform/tensor/tensor.h"

namespace oree::serving {

// What a decoder knows besides the outputs. Lives for the call.
struct DecodeContext {
  const package::Manifest& manifest;
  image::Placement placement;  // tensor → source pixels
  int source_width = 0;
  int source_height = 0;
};

using Outputs = std::span<const tensor::TensorView>;
using Decoder = Result<inference::Prediction> (*)(const DecodeContext& context, Outputs outputs);

// `unsupported` when no decoder is there for it (also for `automatic`, which package::complete() replaces).
Result<Decoder> decoder_for(package::Decode decode);

// The decoders, each in the file of its name; the three maps in maps.cc.
Result<inference::Prediction> decode_softmax(const DecodeContext& context, Outputs outputs);
Result<inference::Prediction> decode_probabilities(const DecodeContext& context, Outputs outputs);
Result<inference::Prediction> decode_yolov5(const DecodeContext& context, Outputs outputs);
Result<inference::Prediction> decode_yolov8(const DecodeContext& context, Outputs outputs);
Result<inference::Prediction> decode_yolox(const DecodeContext& context, Outputs outputs);
Result<inference::Prediction> decode_ssd(const DecodeContext& context, Outputs outputs);
Result<inference::Prediction> decode_yolov2(const DecodeContext& context, Outputs outputs);
Result<inference::Prediction> decode_corners(const DecodeContext& context, Outputs outputs);
Result<inference::Prediction> decode_softmax_map(const DecodeContext& context, Outputs outputs);
Result<inference::Prediction> decode_sigmoid_map(const DecodeContext& context, Outputs outputs);
Result<inference::Prediction> decode_probability_map(const DecodeContext& context, Outputs outputs);

}  // namespace oree::serving
