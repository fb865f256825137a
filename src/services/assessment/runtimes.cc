#include "services/assessment/runtimes.h"

#include <algorithm>
#include <array>

namespace oree::assessment {
namespace {

// OpenVINO: low-precision transformations; TensorRT: explicit quantisation (layers with INT8 kernels);
// TensorFlow Lite: the 8-bit quantisation specification.
constexpr std::array kRows{RuntimeFates{"Add", "integer", "integer", "integer", "integer"},
                           RuntimeFates{"ArgMax", "passes", "float", "float", "integer"},
                           RuntimeFates{"AveragePool", "integer", "integer", "integer", "integer"},
                           RuntimeFates{"Clip", "integer", "integer", "integer", "integer"},
                           RuntimeFates{"Concat", "integer", "integer", "integer", "integer"},
                           RuntimeFates{"Conv", "integer", "integer", "integer", "integer"},
                           RuntimeFates{"ConvTranspose", "float", "integer", "integer", "integer"},
                           RuntimeFates{"Expand", "passes", "float", "float", "integer"},
                           RuntimeFates{"Flatten", "passes", "passes", "passes", "passes"},
                           RuntimeFates{"Gather", "passes", "passes", "float", "passes"},
                           RuntimeFates{"Gemm", "integer", "integer", "integer", "integer"},
                           RuntimeFates{"GlobalAveragePool", "integer", "integer", "integer", "integer"},
                           RuntimeFates{"HardSigmoid", "float", "float", "float", "float"},
                           RuntimeFates{"HardSwish", "float", "float", "float", "integer"},
                           RuntimeFates{"LSTM", "integer", "integer", "float", "integer"},
                           RuntimeFates{"LeakyRelu", "integer", "integer", "integer", "integer"},
                           RuntimeFates{"MatMul", "integer", "integer", "integer", "integer"},
                           RuntimeFates{"MaxPool", "passes", "passes", "passes", "integer"},
                           RuntimeFates{"Mul", "integer", "integer", "float", "integer"},
                           RuntimeFates{"Pad", "float", "passes", "float", "integer"},
                           RuntimeFates{"PRelu", "float", "integer", "float", "integer"},
                           RuntimeFates{"ReduceMax", "passes", "passes", "float", "integer"},
                           RuntimeFates{"ReduceMean", "float", "integer", "float", "integer"},
                           RuntimeFates{"Relu", "integer", "integer", "integer", "integer"},
                           RuntimeFates{"Reshape", "passes", "passes", "passes", "passes"},
                           RuntimeFates{"Resize", "passes", "passes", "passes", "integer"},
                           RuntimeFates{"Sigmoid", "integer", "float", "float", "integer"},
                           RuntimeFates{"Slice", "passes", "passes", "passes", "passes"},
                           RuntimeFates{"Softmax", "integer", "float", "float", "integer"},
                           RuntimeFates{"Split", "passes", "passes", "float", "passes"},
                           RuntimeFates{"Squeeze", "passes", "passes", "passes", "passes"},
                           RuntimeFates{"Tanh", "float", "float", "float", "integer"},
                           RuntimeFates{"Transpose", "passes", "passes", "passes", "passes"},
                           RuntimeFates{"Unsqueeze", "passes", "passes", "passes", "passes"},
                           RuntimeFates{"Where", "integer", "float", "float", "float"}};
constexpr RuntimeFates kNone{"", "float", "float", "float", "float"};

}  // namespace

const RuntimeFates& runtimes_of(std::string_view op) {
  const auto found = std::ranges::find(kRows, op, &RuntimeFates::op);
  return found == kRows.end() ? kNone : *found;
}

}  // namespace oree::assessment
