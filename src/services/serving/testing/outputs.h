// Outputs and contexts for decoder tests.
#pragma once

#include <utility>
#include <vector>

#include "services/serving/outputs/decoder.h"

namespace oree::serving::testing {

// Numbers with a shape, as a graph would deliver them.
struct Numbers {
  tensor::Shape shape;
  std::vector<float> values;

  tensor::TensorView view() const { return {tensor::DType::f32, shape, std::as_bytes(std::span(values))}; }
};

inline package::Manifest manifest_with(std::vector<std::string> labels, int width = 64, int height = 64) {
  package::Manifest manifest;
  manifest.name = "test";
  manifest.version = "1";
  manifest.labels = std::move(labels);
  manifest.input.width = width;
  manifest.input.height = height;
  manifest.score_threshold = 0.5f;
  manifest.iou_threshold = 0.5f;
  return manifest;
}

// Source picture = twice the 64x64 tensor, shifted by nothing.
inline DecodeContext context_for(const package::Manifest& manifest) {
  return {manifest, {2, 2, 0, 0}, manifest.input.width * 2, manifest.input.height * 2};
}

}  // namespace oree::serving::testing
