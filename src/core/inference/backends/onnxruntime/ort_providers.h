// What runs faster than the processor: ONNX Runtime's execution providers, where the library at hand has
// them.
//
// "cuda" and "tensorrt" are in the library of the package onnxruntime-gpu, which needs NVIDIA's libraries
// beside it; others ("xnnpack", "openvino", "qnn") under their own names in builds that hold them. Options
// are the provider's, by its names ("device_id", "trt_fp16_enable").
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/inference/backends/onnxruntime/ort_runtime.h"
#include "core/inference/model.h"

namespace oree::inference::ort {

// "CUDAExecutionProvider", …: what the library was built with, in its order.
std::vector<std::string> providers_of(const Runtime& runtime);

// `unavailable` for one that the library lacks or cannot start, saying what it has and the way out.
Status add_accelerators(const Runtime& runtime, OrtSessionOptions& options,
                        std::span<const Accelerator> accelerators);

}  // namespace oree::inference::ort
