#include "services/assessment/recommend.h"

#include <array>

namespace oree::assessment {
namespace {

struct Rule {
  bool (*when)(const Facts& f);
  std::string_view what, why, how, expect;
};

bool static_int8(const Facts& f) {
  return !f.quantised && f.convolution_share + f.product_share > 0.5 && f.recurrent_share < 0.3;
}

// Order of the progressive stages: measure, convert, quantise, speed up, validate.
constexpr std::array kRules{
    Rule{[](const Facts& f) { return f.opset > 0 && f.opset < 13; }, "raise the opset to 17 or newer",
         "below 13 there are no scales for each channel, and tools write files that do not load", "upgrade",
         "no change of results; makes what follows possible"},
    Rule{[](const Facts& f) { return f.normalisations; },
         "fold normalisations into the convolutions before them",
         "each is a pass over memory that the weights can take along", "passes: batch_norm",
         "fewer nodes, same results up to rounding"},
    Rule{[](const Facts& f) { return f.quantised; }, "start from the float model, if there is one",
         "weights or activations are quantised already: quantising again adds error and tells nothing about "
         "the float accuracy",
         "another file", "an honest baseline"},
    Rule{[](const Facts& f) { return static_int8(f) && f.kernel_class == "x86-vnni"; },
         "static INT8: U8 activations, S8 weights for each channel",
         "this processor sums U8 times S8 in 32 bits; signed activations would leave convolutions in float",
         "static-int8, target x86-vnni", "2 to 3 times quicker, a quarter of the size"},
    Rule{[](const Facts& f) { return static_int8(f) && f.kernel_class == "x86-avx2"; },
         "static INT8: U8 activations, S8 weights proven not to saturate",
         "this processor adds two products in 16 bits; full 8-bit weights can overflow there and accuracy "
         "collapses without a word",
         "static-int8, target x86-avx2", "1.2 to 2 times quicker, a quarter of the size"},
    Rule{[](const Facts& f) { return static_int8(f) && f.kernel_class.starts_with("arm"); },
         "static INT8: S8 activations and weights", "ARM's dot products are signed",
         "static-int8, target arm", "2 to 4 times quicker with dot products, a quarter of the size"},
    Rule{[](const Facts& f) { return static_int8(f) && f.gated; },
         "quantise Sigmoid and Mul together with the convolutions",
         "a tensor that two nodes read keeps its type only when both are quantised; otherwise the "
         "convolutions fall back to float",
         "operators: all", "1.5 times instead of slower than float"},
    Rule{[](const Facts& f) { return f.mixed_tail; }, "leave what leads to the last Concat in float",
         "boxes and scores share one scale there, and scores vanish in it", "mixed-range tail",
         "the difference between 0 and 98 % of accuracy on detectors"},
    Rule{[](const Facts& f) { return !f.quantised && f.recurrent_share > 0.3 && f.largest_hidden >= 128; },
         "dynamic INT8 for the recurrent layers",
         "from a hidden size of about 128 on the smaller weights pay for quantising each step",
         "dynamic-int8", "up to 2 times quicker"},
    Rule{[](const Facts& f) {
           return f.recurrent_share > 0.3 && f.largest_hidden > 0 && f.largest_hidden < 128;
         },
         "leave the recurrent layers in float", "with a hidden size below 128 INT8 costs more than it saves",
         "keep", "INT8 would be 0.6 times as quick"},
    Rule{[](const Facts& f) { return !f.quantised && f.product_share > 0.6 && f.weight_bytes > 20'000'000; },
         "4-bit weights for the matrix products",
         "with one row at a time the weights' bytes are what takes the time", "int4",
         "an eighth of the size; quicker for single rows, slower for 64 and more"},
    Rule{[](const Facts& f) {
           return !f.quantised && f.product_share > 0.6 && f.weight_bytes <= 20'000'000 && !static_int8(f);
         },
         "dynamic INT8 for the matrix products", "needs no calibration data", "dynamic-int8",
         "2 to 5 times quicker on wide products"},
    Rule{[](const Facts& f) { return !f.half && !f.quantised; }, "FP16 for accelerators and for sending",
         "half the bytes; processors without half arithmetic compute it in float", "float16",
         "half the size, nearly the same accuracy"},
    Rule{[](const Facts& f) { return !f.quantised && f.weight_bytes > 1'000'000 && f.zeros < 0.3; },
         "prune and train again, when bytes on the line matter",
         "zeros make a compressed file smaller and nothing quicker by themselves", "pruning 50 %",
         "a third less to send"},
    Rule{[](const Facts& f) { return f.macs > 0 && f.macs < 2'000'000 && f.weight_bytes < 300'000; },
         "INT8 TensorFlow Lite for microcontrollers", "it fits into the memory of one", "export tflite-micro",
         "runs on a Cortex-M"}};

}  // namespace

std::vector<Advice> recommend(const Facts& facts) {
  std::vector<Advice> out;
  for (const Rule& rule : kRules) {
    if (!rule.when(facts)) continue;
    out.push_back(
        {std::string(rule.what), std::string(rule.why), std::string(rule.how), std::string(rule.expect)});
  }
  return out;
}

const std::vector<Platform>& platforms() {
  static const std::vector<Platform> rows{
      {"Intel CPU or GPU", "OpenVINO, INT8", "ONNX Runtime, U8S8",
       "the maker's runtime fuses what ONNX Runtime leaves in float"},
      {"x86 without VNNI", "ONNX Runtime, U8S8 proven not to saturate", "OpenVINO, INT8",
       "16-bit sums saturate with full 8-bit weights"},
      {"NVIDIA GPU", "TensorRT, symmetric S8", "ONNX Runtime CUDA, FP16",
       "its integer units want zero points of zero"},
      {"Apple Silicon", "MLX, 4-bit weights", "GGUF, Q4_0", "unified memory makes bytes the cost"},
      {"ARM with dot product", "ONNX Runtime, S8S8", "TensorFlow Lite, INT8", "signed dot products"},
      {"ARM without dot product", "measure INT8 against float", "TensorFlow Lite, INT8",
       "integer kernels gain little there"},
      {"Edge TPU and microcontrollers", "TensorFlow Lite, INT8", "C array for TensorFlow Lite Micro",
       "whole-integer graphs only"},
      {"language models on any CPU", "GGUF, Q4_0 or Q8_0", "ONNX Runtime, MatMulNBits",
       "single rows are bound by weight bytes"}};
  return rows;
}

}  // namespace oree::assessment
