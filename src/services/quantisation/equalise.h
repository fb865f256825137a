// Evens out how large the channels of a tensor get, without changing what the network computes.
//
// A scale per tensor gives a channel whose values stay below 1/50 of the largest only five of 256 steps.
// Where the channels of a tensor are made by convolutions and read by convolutions, and what lies between
// only adds them (residuals), cuts them at zero (Relu) or averages them, channel c can be divided by s_c
// where it is made and multiplied by s_c where it is read. Tensors that are added to each other share their
// s. Cross-layer equalisation (Nagel et al. 2019, section 4.1) is the case of two layers; here s comes from
// measured activations.
//
// Clip at anything but zero, graph inputs and outputs, and other operators end such a group: it is left
// alone.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/graph/graph.h"

namespace oree::quantisation {

// Largest |value| of each channel, of a tensor.
using ChannelReach = std::unordered_map<std::string, std::vector<double>>;

// s_c = (reach of c / largest reach) ^ strength. Returns the tensors that have other values now.
std::vector<std::string> equalise_channels(graph::Model& model, const ChannelReach& reach, double strength);

}  // namespace oree::quantisation
