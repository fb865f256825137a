// The builtin operators of TFLite Micro's MicroMutableOpResolver.
#include <algorithm>
#include <array>

#include "services/exports/micro.h"

namespace oree::exports {
namespace {

struct Row {
  std::string_view name, call;
};
// clang-format off
constexpr auto kRows = std::to_array<Row>({
    {"ABS", "AddAbs"}, {"ADD", "AddAdd"}, {"ADD_N", "AddAddN"}, {"ARG_MAX", "AddArgMax"},
    {"ARG_MIN", "AddArgMin"}, {"ASSIGN_VARIABLE", "AddAssignVariable"},
    {"AVERAGE_POOL_2D", "AddAveragePool2D"}, {"BATCH_MATMUL", "AddBatchMatMul"},
    {"BATCH_TO_SPACE_ND", "AddBatchToSpaceNd"}, {"BROADCAST_ARGS", "AddBroadcastArgs"},
    {"BROADCAST_TO", "AddBroadcastTo"}, {"CALL_ONCE", "AddCallOnce"}, {"CAST", "AddCast"},
    {"CEIL", "AddCeil"}, {"CONCATENATION", "AddConcatenation"}, {"CONV_2D", "AddConv2D"}, {"COS", "AddCos"},
    {"CUMSUM", "AddCumSum"}, {"DEPTH_TO_SPACE", "AddDepthToSpace"},
    {"DEPTHWISE_CONV_2D", "AddDepthwiseConv2D"}, {"DEQUANTIZE", "AddDequantize"}, {"DIV", "AddDiv"},
    {"ELU", "AddElu"}, {"EQUAL", "AddEqual"}, {"EXP", "AddExp"}, {"EXPAND_DIMS", "AddExpandDims"},
    {"FILL", "AddFill"}, {"FLOOR", "AddFloor"}, {"FLOOR_DIV", "AddFloorDiv"}, {"FLOOR_MOD", "AddFloorMod"},
    {"FULLY_CONNECTED", "AddFullyConnected"}, {"GATHER", "AddGather"}, {"GATHER_ND", "AddGatherNd"},
    {"GREATER", "AddGreater"}, {"GREATER_EQUAL", "AddGreaterEqual"}, {"HARD_SWISH", "AddHardSwish"},
    {"IF", "AddIf"}, {"L2_NORMALIZATION", "AddL2Normalization"}, {"L2_POOL_2D", "AddL2Pool2D"},
    {"LEAKY_RELU", "AddLeakyRelu"}, {"LESS", "AddLess"}, {"LESS_EQUAL", "AddLessEqual"}, {"LOG", "AddLog"},
    {"LOG_SOFTMAX", "AddLogSoftmax"}, {"LOGICAL_AND", "AddLogicalAnd"}, {"LOGICAL_NOT", "AddLogicalNot"},
    {"LOGICAL_OR", "AddLogicalOr"}, {"LOGISTIC", "AddLogistic"}, {"MAX_POOL_2D", "AddMaxPool2D"},
    {"MAXIMUM", "AddMaximum"}, {"MEAN", "AddMean"}, {"MINIMUM", "AddMinimum"}, {"MIRROR_PAD", "AddMirrorPad"},
    {"MUL", "AddMul"}, {"NEG", "AddNeg"}, {"NOT_EQUAL", "AddNotEqual"}, {"PACK", "AddPack"},
    {"PAD", "AddPad"}, {"PADV2", "AddPadV2"}, {"PRELU", "AddPrelu"}, {"QUANTIZE", "AddQuantize"},
    {"READ_VARIABLE", "AddReadVariable"}, {"REDUCE_MAX", "AddReduceMax"}, {"RELU", "AddRelu"},
    {"RELU6", "AddRelu6"}, {"RESHAPE", "AddReshape"}, {"RESIZE_BILINEAR", "AddResizeBilinear"},
    {"RESIZE_NEAREST_NEIGHBOR", "AddResizeNearestNeighbor"}, {"ROUND", "AddRound"}, {"RSQRT", "AddRsqrt"},
    {"SELECT_V2", "AddSelectV2"}, {"SHAPE", "AddShape"}, {"SIN", "AddSin"}, {"SLICE", "AddSlice"},
    {"SOFTMAX", "AddSoftmax"}, {"SPACE_TO_BATCH_ND", "AddSpaceToBatchNd"},
    {"SPACE_TO_DEPTH", "AddSpaceToDepth"}, {"SPLIT", "AddSplit"}, {"SPLIT_V", "AddSplitV"},
    {"SQRT", "AddSqrt"}, {"SQUARE", "AddSquare"}, {"SQUARED_DIFFERENCE", "AddSquaredDifference"},
    {"SQUEEZE", "AddSqueeze"}, {"STRIDED_SLICE", "AddStridedSlice"}, {"SUB", "AddSub"}, {"SUM", "AddSum"},
    {"SVDF", "AddSvdf"}, {"TANH", "AddTanh"}, {"TRANSPOSE", "AddTranspose"},
    {"TRANSPOSE_CONV", "AddTransposeConv"}, {"UNIDIRECTIONAL_SEQUENCE_LSTM", "AddUnidirectionalSequenceLSTM"},
    {"UNPACK", "AddUnpack"}, {"VAR_HANDLE", "AddVarHandle"}, {"WHILE", "AddWhile"},
    {"ZEROS_LIKE", "AddZerosLike"}});
// clang-format on

}  // namespace

std::string_view resolver_call(std::string_view operator_name) {
  const auto at = std::ranges::find(kRows, operator_name, &Row::name);
  return at == kRows.end() ? std::string_view() : at->call;
}

}  // namespace oree::exports
