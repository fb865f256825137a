// What is asked of the quantiser, and what it answers. Values.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/graph/graph.h"
#include "core/kernels/target.h"

namespace oree::quantisation {

// What calibration found about one float tensor.
struct Observed {
  double low = 0, high = 0;           // what eight bits should cover; 0 lies within
  std::vector<double> channel_means;  // along its channel axis; may be empty
};
using Ranges = std::unordered_map<std::string, Observed>;

struct Recipe {
  kernels::Target target = kernels::Target::vnni;
  bool correct_bias = true;
  std::unordered_set<std::string> keep_float;  // nodes (by name or first output) that are left alone
};

// What became of a node that could have been quantised, or of a group of them.
struct Decision {
  std::string node, op;
  bool quantised = false;
  std::string why;  // of what stayed in float
};

// What is known of one operator with weights after quantisation.
struct LayerReport {
  std::string node, op;
  std::string source;  // what it made of floats in the network as it was
  std::string output;  // what it makes now, before that is quantised
  size_t channels = 0;
  size_t narrowed = 0;        // channels whose weights were made smaller so that no pair can saturate
  size_t unproven = 0;        // channels that may saturate on machines that add pairs in 16 bits
  int64_t largest_sum = 0;    // bound of the 32-bit accumulator
  double weight_sqnr_db = 0;  // signal to quantisation noise of its weights
};

struct Quantised {
  graph::Model model;
  std::vector<Decision> decisions;
  std::vector<LayerReport> layers;
  std::vector<std::string> notes;  // mixed-range tails and the like, in sentences
};

}  // namespace oree::quantisation
