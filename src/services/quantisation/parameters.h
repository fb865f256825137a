// Scales and zero points: q = clip(round_half_even(x / scale) + zero, lowest, highest). Pure.
#pragma once

#include <string>
#include <unordered_map>

#include "core/graph/graph.h"
#include "services/quantisation/selection.h"

namespace oree::quantisation {

struct Affine {
  float scale = 1;
  int zero = 0;
  graph::DataType type = graph::DataType::u8;  // u8 or i8

  int lowest() const { return type == graph::DataType::u8 ? 0 : -128; }
  int highest() const { return type == graph::DataType::u8 ? 255 : 127; }
  int quantised(float value) const;
  bool operator==(const Affine&) const = default;
};

// For a range that holds 0. Zero is represented exactly; an empty range gives scale 1.
Affine affine_for(double low, double high, kernels::Activations activations);

using Parameters = std::unordered_map<std::string, Affine>;

// Of every tensor that carries integers. Operators that hand integers on give their outputs the parameters of
// their input.
Parameters parameters_for(const graph::Index& index, const Selection& selection, const Ranges& ranges,
                          kernels::Activations activations);

}  // namespace oree::quantisation
