// Looks at a network's file.
#include "nodes/workshop/studies/explain_network.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "core/graph/index.h"
#include "core/kernels/target.h"
#include "nodes/workshop/studies/runnable.h"
#include "services/assessment/assess.h"
#include "services/certification/emulate.h"
#include "services/quantisation/fusion.h"

namespace oree::workshop {

namespace {

using graph::DataType;
using graph::Node;

// What the Q and DQ nodes of a graph carry.
struct Integers {
  size_t quantised = 0, signed_inputs = 0, unsigned_weights = 0, one_scale = 0;
  std::string signed_at, unsigned_at, one_scale_at;
};

Integers integers_of(const graph::Graph& graph) {
  const graph::Index index(graph);
  Integers out;
  for (const Node& node : graph.nodes) {
    if (node.op == "QuantizeLinear") {
      ++out.quantised;
      const graph::Tensor* zero = graph::has_input(node, 2) ? index.constant(node.inputs[2]) : nullptr;
      if (zero != nullptr && zero->type == DataType::i8 && out.signed_inputs++ == 0)
        out.signed_at = graph::node_text(node);
    }
    const bool weighted = node.op == "Conv" || node.op == "Gemm" || node.op == "MatMul";
    const Node* packed = weighted && node.inputs.size() > 1 ? index.producer_node(node.inputs[1]) : nullptr;
    if (packed == nullptr || packed->op != "DequantizeLinear") continue;
    const graph::Tensor* weights = index.constant(packed->inputs.at(0));
    const graph::Tensor* scale = packed->inputs.size() > 1 ? index.constant(packed->inputs[1]) : nullptr;
    if (weights == nullptr || scale == nullptr) continue;
    if (weights->type == DataType::u8 && out.unsigned_weights++ == 0)
      out.unsigned_at = graph::node_text(node);
    if (scale->data.size() == sizeof(float) && node.op == "Conv" && weights->dims.at(0) > 1 &&
        out.one_scale++ == 0)
      out.one_scale_at = graph::node_text(node);
  }
  return out;
}

Finding row(std::string_view id, std::string where, std::string evidence) {
  const diagnosis::Fault* fault = diagnosis::find_fault(id);
  return {fault,
          std::move(where),
          std::move(evidence),
          std::string(fault->cause),
          std::string(fault->repair),
          std::string(fault->command)};
}

// Two of a kind and the count say as much as all of them.
std::string counted(size_t count, const std::string& first) {
  return count == 1 ? first : cat(first, " and ", count - 1, " more");
}

void look_at_integers(const graph::Model& model, Explanation& out) {
  const Integers found = integers_of(model.graph);
  if (found.quantised == 0) return;
  const bool x86 = kernels::facts(kernels::this_machine()).activations == kernels::Activations::u8;
  if (found.signed_inputs > 0 && x86)
    out.findings.push_back(row("signed-activations", counted(found.signed_inputs, found.signed_at),
                               cat(found.signed_inputs, " of ", found.quantised, " tensors are signed")));
  if (found.unsigned_weights > 0 && x86)
    out.findings.push_back(row("unsigned-weights", counted(found.unsigned_weights, found.unsigned_at), ""));
  if (found.one_scale > 0)
    out.findings.push_back(row("per-tensor-weights", counted(found.one_scale, found.one_scale_at), ""));
  if (const auto emulation = certification::emulate(model, true)) {
    const size_t unsafe = emulation->unsafe_layers();
    const auto first =
        std::ranges::find_if(emulation->proofs, [](const auto& proof) { return proof.unsafe > 0; });
    if (unsafe > 0)
      out.findings.push_back(row("saturation", counted(unsafe, first->node),
                                 cat(unsafe, " of ", emulation->proofs.size(), " operators may saturate")));
    else if (!emulation->proofs.empty())
      out.good.push_back(
          cat("no pair of products can saturate in any of ", emulation->proofs.size(), " operators"));
  }
  const quantisation::Prediction prediction = quantisation::predict_fusion(model);
  for (const quantisation::Unfused& unfused : prediction.unfused) {
    Finding finding = row("unfused", unfused.node, cat(unfused.op, ": ", unfused.why));
    finding.repair = unfused.repair;
    finding.command.clear();
    out.findings.push_back(std::move(finding));
  }
  out.good.push_back(cat(prediction.islands.size(), " integer kernels are predicted"));
}

void look_at_assessment(const Runnable& network, Explanation& out) {
  const auto found =
      assessment::assess(*network.model, {.file_bytes = network.bytes, .format = network.format});
  if (!found) return;
  const bool integers = std::ranges::any_of(network.model->graph.nodes,
                                            [](const Node& node) { return node.op == "QuantizeLinear"; });
  if (!integers && network.integer_weights() > 0)
    out.findings.push_back(
        row("packed-weights", "", cat(network.integer_weights(), " weights are small integers")));
  if (found->opset > 0 && found->opset < 13)
    out.findings.push_back(row("old-opset", "", cat("opset ", found->opset)));
  for (const assessment::Advice& advice : found->advice) {
    // A float network only may get into this; a quantised one with integers before its last Concat is in it.
    if (advice.how == "mixed-range tail" && integers)
      out.findings.push_back(row("mixed-tail", "", "what leads to an output through a Concat"));
  }
}

void run_once(const Runnable& network, inference::Backend& backend, Explanation& out) {
  const auto model = backend.load(network.file, {});
  if (!model) {
    const Explanation said = explain_message(model.error().what);
    out.findings.insert(out.findings.end(), said.findings.begin(), said.findings.end());
    if (said.findings.empty())
      out.findings.push_back(
          {nullptr, backend.name().data(), model.error().what, "the runtime refuses it", "", ""});
    return;
  }
  const auto inputs = made_up_inputs((*model)->signature());
  if (!inputs) {
    const Explanation said = explain_message(inputs.error().what);
    out.findings.insert(out.findings.end(), said.findings.begin(), said.findings.end());
    return;
  }
  std::vector<tensor::TensorView> views;
  for (const tensor::Tensor& input : *inputs) views.push_back(input.view());
  std::vector<inference::Output> outputs((*model)->signature().outputs.size());
  if (Status ran = (*model)->run(views, outputs); !ran) {
    const Explanation said = explain_message(ran.error().what);
    out.findings.insert(out.findings.end(), said.findings.begin(), said.findings.end());
    return;
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].dtype != tensor::DType::f32) continue;
    const auto values = outputs[i].view().as<float>();
    if (std::ranges::any_of(values, [](float value) { return !std::isfinite(value); }))
      out.findings.push_back(
          row("nan-answers", (*model)->signature().outputs[i].name, "for a made-up input"));
  }
  out.good.push_back(cat("it loads and runs in ", backend.name(), " ", backend.version()));
}

}  // namespace

Explanation explain_network(const std::filesystem::path& path, inference::Backend& backend) {
  Explanation out{"a network", {}, {}};
  const Result<Runnable> network = make_runnable(path);
  if (!network) {
    out = explain_message(network.error().what);
    out.what = "a network";
    // What no row knows is said as it came.
    if (out.findings.empty()) {
      const diagnosis::Fault* broken = diagnosis::find_fault("file-broken");
      const bool cut = network.error().kind == ErrorKind::corrupt;
      out.findings.push_back({cut ? broken : nullptr, path.filename().string(), network.error().what,
                              cut ? std::string(broken->cause) : "", cut ? std::string(broken->repair) : "",
                              cut ? std::string(broken->command) : ""});
    }
    return out;
  }
  if (network->model) {
    look_at_assessment(*network, out);
    look_at_integers(*network->model, out);
  }
  run_once(*network, backend, out);
  return out;
}

}  // namespace oree::workshop
