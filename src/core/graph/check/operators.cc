// The operators of ONNX's standard domain up to opset 28: facts of the specification, the widest counts of
// all versions.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "core/graph/check/check.h"

namespace oree::graph {
namespace {

// name, since, gone, inputs least and most, outputs least and most; sorted by name.
constexpr const char* kOperators = R"(
Abs 1 0 1 1 1 1; Acos 7 0 1 1 1 1; Acosh 9 0 1 1 1 1; Add 1 0 2 2 1 1; AffineGrid 20 0 2 2 1 1;
And 1 0 2 2 1 1; ArgMax 1 0 1 1 1 1; ArgMin 1 0 1 1 1 1; Asin 7 0 1 1 1 1; Asinh 9 0 1 1 1 1;
Atan 7 0 1 1 1 1; Atanh 9 0 1 1 1 1; Attention 23 0 3 7 1 4; AveragePool 1 0 1 1 1 1;
BatchNormalization 1 0 5 5 1 5; Bernoulli 15 0 1 1 1 1; BitCast 26 0 1 1 1 1; BitShift 11 0 2 2 1 1;
BitwiseAnd 18 0 2 2 1 1; BitwiseNot 18 0 1 1 1 1; BitwiseOr 18 0 2 2 1 1; BitwiseXor 18 0 2 2 1 1;
BlackmanWindow 17 0 1 1 1 1; Cast 1 0 1 1 1 1; CastLike 15 0 2 2 1 1; CausalConvWithState 27 0 2 4 2 2;
Ceil 1 0 1 1 1 1; Celu 12 0 1 1 1 1; CenterCropPad 18 0 2 2 1 1; Clip 1 0 1 3 1 1; Col2Im 18 0 3 3 1 1;
Compress 9 0 2 2 1 1; Concat 1 0 1 -1 1 1; ConcatFromSequence 11 0 1 1 1 1; Constant 1 0 0 0 1 1;
ConstantOfShape 9 0 1 1 1 1; Conv 1 0 2 3 1 1; ConvInteger 10 0 2 4 1 1; ConvTranspose 1 0 2 3 1 1;
Cos 7 0 1 1 1 1; Cosh 9 0 1 1 1 1; CumProd 26 0 2 2 1 1; CumSum 11 0 2 2 1 1; DFT 17 0 1 3 1 1;
DeformConv 19 0 3 5 1 1; DepthToSpace 1 0 1 1 1 1; DequantizeLinear 10 0 2 3 1 1; Det 11 0 1 1 1 1;
Div 1 0 2 2 1 1; Dropout 1 0 1 3 1 2; DynamicQuantizeLinear 11 0 1 1 3 3; Einsum 12 0 1 -1 1 1;
Elu 1 0 1 1 1 1; Equal 1 0 2 2 1 1; Erf 9 0 1 1 1 1; Exp 1 0 1 1 1 1; Expand 8 0 2 2 1 1;
EyeLike 9 0 1 1 1 1; Flatten 1 0 1 1 1 1; Floor 1 0 1 1 1 1; GRU 1 0 3 6 0 2; Gather 1 0 2 2 1 1;
GatherElements 11 0 2 2 1 1; GatherND 11 0 2 2 1 1; Gelu 20 0 1 1 1 1; Gemm 1 0 2 3 1 1;
GlobalAveragePool 1 0 1 1 1 1; GlobalLpPool 1 0 1 1 1 1; GlobalMaxPool 1 0 1 1 1 1; Greater 1 0 2 2 1 1;
GreaterOrEqual 12 0 2 2 1 1; GridSample 16 0 2 2 1 1; GroupNormalization 18 0 3 3 1 1;
HammingWindow 17 0 1 1 1 1; HannWindow 17 0 1 1 1 1; HardSigmoid 1 0 1 1 1 1; HardSwish 14 0 1 1 1 1;
Hardmax 1 0 1 1 1 1; Identity 1 0 1 1 1 1; If 1 0 1 1 1 -1; ImageDecoder 20 0 1 1 1 1;
InstanceNormalization 1 0 3 3 1 1; IsInf 10 0 1 1 1 1; IsNaN 9 0 1 1 1 1; LRN 1 0 1 1 1 1; LSTM 1 0 3 8 0 3;
LayerNormalization 17 0 2 3 1 3; LeakyRelu 1 0 1 1 1 1; Less 1 0 2 2 1 1; LessOrEqual 12 0 2 2 1 1;
LinearAttention 27 0 3 6 2 2; Log 1 0 1 1 1 1; LogSoftmax 1 0 1 1 1 1; Loop 1 0 2 -1 1 -1;
LpNormalization 1 0 1 1 1 1; LpPool 1 0 1 1 1 1; MatMul 1 0 2 2 1 1; MatMulInteger 10 0 2 4 1 1;
Max 1 0 1 -1 1 1; MaxPool 1 0 1 1 1 2; MaxRoiPool 1 0 2 2 1 1; MaxUnpool 9 0 2 3 1 1; Mean 1 0 1 -1 1 1;
MeanVarianceNormalization 9 0 1 1 1 1; MelWeightMatrix 17 0 5 5 1 1; Min 1 0 1 -1 1 1; Mish 18 0 1 1 1 1;
Mod 10 0 2 2 1 1; Mul 1 0 2 2 1 1; Multinomial 7 0 1 1 1 1; Neg 1 0 1 1 1 1;
NegativeLogLikelihoodLoss 12 0 2 3 1 1; NonMaxSuppression 10 0 2 5 1 1; NonZero 9 0 1 1 1 1;
Not 1 0 1 1 1 1; OneHot 9 0 3 3 1 1; Optional 15 0 0 1 1 1; OptionalGetElement 15 0 1 1 1 1;
OptionalHasElement 15 0 0 1 1 1; Or 1 0 2 2 1 1; PRelu 1 0 2 2 1 1; Pad 1 0 1 4 1 1; Pow 1 0 2 2 1 1;
QLinearConv 10 0 8 9 1 1; QLinearMatMul 10 0 8 8 1 1; QuantizeLinear 10 0 2 3 1 1;
RMSNormalization 23 0 2 2 1 1; RNN 1 0 3 6 0 2; RandomNormal 1 0 0 0 1 1; RandomNormalLike 1 0 1 1 1 1;
RandomUniform 1 0 0 0 1 1; RandomUniformLike 1 0 1 1 1 1; Range 11 0 3 3 1 1; Reciprocal 1 0 1 1 1 1;
ReduceL1 1 0 1 2 1 1; ReduceL2 1 0 1 2 1 1; ReduceLogSum 1 0 1 2 1 1; ReduceLogSumExp 1 0 1 2 1 1;
ReduceMax 1 0 1 2 1 1; ReduceMean 1 0 1 2 1 1; ReduceMin 1 0 1 2 1 1; ReduceProd 1 0 1 2 1 1;
ReduceSum 1 0 1 2 1 1; ReduceSumSquare 1 0 1 2 1 1; RegexFullMatch 20 0 1 1 1 1; Relu 1 0 1 1 1 1;
Reshape 1 0 1 2 1 1; Resize 10 0 1 4 1 1; ReverseSequence 10 0 2 2 1 1; RoiAlign 10 0 3 3 1 1;
RotaryEmbedding 23 0 3 4 1 1; Round 11 0 1 1 1 1; STFT 17 0 2 4 1 1; Scan 8 0 1 -1 1 -1;
Scatter 9 11 3 3 1 1; ScatterElements 11 0 3 3 1 1; ScatterND 11 0 3 3 1 1; Selu 1 0 1 1 1 1;
SequenceAt 11 0 2 2 1 1; SequenceConstruct 11 0 1 -1 1 1; SequenceEmpty 11 0 0 0 1 1;
SequenceErase 11 0 1 2 1 1; SequenceInsert 11 0 2 3 1 1; SequenceLength 11 0 1 1 1 1;
SequenceMap 17 0 1 -1 1 -1; Shape 1 0 1 1 1 1; Shrink 9 0 1 1 1 1; Sigmoid 1 0 1 1 1 1; Sign 9 0 1 1 1 1;
Sin 7 0 1 1 1 1; Sinh 9 0 1 1 1 1; Size 1 0 1 1 1 1; Slice 1 0 1 5 1 1; Softmax 1 0 1 1 1 1;
SoftmaxCrossEntropyLoss 12 0 2 3 1 2; Softplus 1 0 1 1 1 1; Softsign 1 0 1 1 1 1; SpaceToDepth 1 0 1 1 1 1;
Split 1 0 1 2 1 -1; SplitToSequence 11 0 1 2 1 1; Sqrt 1 0 1 1 1 1; Squeeze 1 0 1 2 1 1;
StringConcat 20 0 2 2 1 1; StringNormalizer 10 0 1 1 1 1; StringSplit 20 0 1 1 2 2; Sub 1 0 2 2 1 1;
Sum 1 0 1 -1 1 1; SwiGLU 28 0 2 2 1 1; Swish 24 0 1 1 1 1; Tan 7 0 1 1 1 1; Tanh 1 0 1 1 1 1;
TensorScatter 24 0 2 3 1 1; TfIdfVectorizer 9 0 1 1 1 1; ThresholdedRelu 10 0 1 1 1 1; Tile 1 0 2 3 1 1;
TopK 1 0 1 2 2 2; Transpose 1 0 1 1 1 1; Trilu 14 0 1 2 1 1; Unique 11 0 1 1 1 4; Unsqueeze 1 0 1 2 1 1;
Upsample 1 10 1 2 1 1; Where 9 0 3 3 1 1; Xor 1 0 2 2 1 1;
)";

std::vector<OperatorRow> parsed() {
  std::vector<OperatorRow> rows;
  std::istringstream text(kOperators);
  char semicolon = 0;
  for (OperatorRow row; text >> row.name >> row.since >> row.gone >> row.inputs_least >> row.inputs_most >>
                        row.outputs_least >> row.outputs_most >> semicolon;) {
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

const OperatorRow* find_operator(std::string_view name) {
  static const std::vector<OperatorRow> rows = parsed();
  const auto found = std::ranges::lower_bound(rows, name, {}, &OperatorRow::name);
  return found != rows.end() && found->name == name ? &*found : nullptr;
}

}  // namespace oree::graph
