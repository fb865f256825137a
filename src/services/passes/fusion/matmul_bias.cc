#include "services/passes/rewrite.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

// The product of a matrix by constant weights, which one Gemm can do.
bool fits_gemm(const graph::Index& index, const graph::Node& node) {
  if (node.op != "MatMul" || !node.domain.empty() || node.inputs.size() != 2) return false;
  const graph::Value* input = index.value(node.inputs[0]);
  const graph::Tensor* weights = index.constant(node.inputs[1]);
  return input != nullptr && input->type.has_shape && input->type.dims.size() == 2 && weights != nullptr &&
         weights->dims.size() == 2 &&
         (weights->type == graph::DataType::f32 || weights->type == graph::DataType::f16);
}

bool fits_bias(const graph::Tensor* bias, int64_t width) {
  if (bias == nullptr || bias->dims.empty() || bias->dims.back() != width) return false;
  return bias->dims.size() == 1 || (bias->dims.size() == 2 && bias->dims[0] == 1);
}

}  // namespace

Result<size_t> matmul_bias(graph::Model& model, const PassContext&) {
  return rewrite_each(model, [](Rewrite& rewrite) -> Status {
    const auto& nodes = rewrite.graph().nodes;
    for (size_t n = 0; n < nodes.size(); ++n) {
      if (nodes[n].op != "Add" || !nodes[n].domain.empty() || nodes[n].inputs.size() != 2) continue;
      for (size_t side = 0; side < 2; ++side) {
        const std::string& product = nodes[n].inputs[side];
        const std::string& bias = nodes[n].inputs[1 - side];
        const auto producer = rewrite.index().producer(product);
        if (!producer || !rewrite.index().read_once(product) || !fits_gemm(rewrite.index(), nodes[*producer]))
          continue;
        const int64_t width = rewrite.index().constant(nodes[*producer].inputs[1])->dims[1];
        if (!fits_bias(rewrite.index().constant(bias), width) || !rewrite.claim({*producer, n})) continue;
        const auto& inputs = nodes[*producer].inputs;
        graph::Node gemm = graph::make_node("Gemm", {inputs[0], inputs[1], bias}, {nodes[n].outputs[0]});
        gemm.name = nodes[*producer].name;
        rewrite.replace(*producer, std::move(gemm));
        rewrite.remove(n);
        break;
      }
    }
    return {};
  });
}

}  // namespace oree::passes
