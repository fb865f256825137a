#include "services/passes/precision/dynamic_int8.h"

#include <algorithm>
#include <cmath>

#include "core/graph/check/check.h"
#include "core/graph/numbers.h"
#include "services/passes/precision/products.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

struct Columns {
  std::vector<int8_t> values;
  std::vector<float> scales;
};

// One scale for each of `outer` columns of a row-major matrix.
Columns quantised(std::span<const float> weights, size_t inner, size_t outer, int largest) {
  Columns out{std::vector<int8_t>(weights.size()), std::vector<float>(outer, 0)};
  for (size_t i = 0; i < weights.size(); ++i)
    out.scales[i % outer] = std::max(out.scales[i % outer], std::fabs(weights[i]));
  for (float& scale : out.scales) scale = scale > 0 ? scale / static_cast<float>(largest) : 1;
  for (size_t k = 0; k < inner; ++k) {
    for (size_t n = 0; n < outer; ++n) {
      const float steps = std::nearbyint(weights[k * outer + n] / out.scales[n]);
      out.values[k * outer + n] =
          static_cast<int8_t>(std::clamp(steps, static_cast<float>(-largest), static_cast<float>(largest)));
    }
  }
  return out;
}

void product(Rewrite& rewrite, size_t n, const Product& of, const DynamicOptions& options) {
  const Columns columns =
      quantised(of.weights, static_cast<size_t>(of.inner), static_cast<size_t>(of.outer), options.largest);
  const std::string weights =
      rewrite.add(graph::tensor_of(of.weights_name + "_int8", {of.inner, of.outer}, columns.values));
  const std::string scales = rewrite.add(
      graph::tensor_of(of.weights_name + "_scale", {of.outer}, std::span<const float>(columns.scales)));
  const std::string& output = rewrite.graph().nodes[n].outputs[0];
  const auto name = [&](const char* suffix) { return rewrite.fresh(output + suffix); };
  const std::string steps = name("_steps"), scale = name("_steps_scale"), zero = name("_steps_zero");
  const std::string sums = name("_sums"), floats = name("_sums_float"), both = name("_scale");
  rewrite.add(graph::make_node("DynamicQuantizeLinear", {of.input}, {steps, scale, zero}));
  rewrite.add(graph::make_node("MatMulInteger", {steps, weights, zero}, {sums}));
  rewrite.add(graph::make_node("Cast", {sums}, {floats}, {graph::attribute("to", int64_t{1})}));
  rewrite.add(graph::make_node("Mul", {scale, scales}, {both}));
  finish_product(rewrite, n, of, graph::make_node("Mul", {floats, both}, {""}));
}

// ONNX Runtime wants [directions, inputs, gates * hidden]; ONNX stores the last two the other way round.
bool recurrent_weights(Rewrite& rewrite, const graph::Tensor& tensor, int largest,
                       std::vector<std::string>& names) {
  if (tensor.type != graph::DataType::f32 || tensor.dims.size() != 3) return false;
  const auto directions = static_cast<size_t>(tensor.dims[0]), gates = static_cast<size_t>(tensor.dims[1]),
             inputs = static_cast<size_t>(tensor.dims[2]);
  const auto values = tensor.as<float>();
  std::vector<int8_t> all;
  std::vector<float> scales;
  for (size_t d = 0; d < directions; ++d) {
    std::vector<float> turned(gates * inputs);
    for (size_t g = 0; g < gates; ++g) {
      for (size_t i = 0; i < inputs; ++i) turned[i * gates + g] = values[(d * gates + g) * inputs + i];
    }
    const Columns columns = quantised(turned, inputs, gates, largest);
    all.insert(all.end(), columns.values.begin(), columns.values.end());
    scales.insert(scales.end(), columns.scales.begin(), columns.scales.end());
  }
  const std::vector<int64_t> per_gate{tensor.dims[0], tensor.dims[1]};
  const std::vector<int8_t> zeros(directions * gates, 0);
  names = {rewrite.add(graph::tensor_of(tensor.name + "_int8",
                                        {tensor.dims[0], tensor.dims[2], tensor.dims[1]}, all)),
           rewrite.add(graph::tensor_of(tensor.name + "_scale", per_gate, std::span<const float>(scales))),
           rewrite.add(graph::tensor_of(tensor.name + "_zero", per_gate, zeros))};
  return true;
}

bool recurrent(Rewrite& rewrite, size_t n, const DynamicOptions& options) {
  const graph::Node& node = rewrite.graph().nodes[n];
  if (node.op != "LSTM" || !node.domain.empty() || graph::int_or(node, "layout", 0) != 0 ||
      !graph::has_input(node, 2))
    return false;
  if (graph::int_or(node, "hidden_size", 0) < options.recurrent_from) return false;
  const graph::Tensor *inputs = rewrite.index().constant(node.inputs[1]),
                      *states = rewrite.index().constant(node.inputs[2]);
  if (inputs == nullptr || states == nullptr || !rewrite.claim({n})) return false;
  std::vector<std::string> w, r;
  if (!recurrent_weights(rewrite, *inputs, options.largest, w) ||
      !recurrent_weights(rewrite, *states, options.largest, r))
    return false;
  graph::Node now = node;
  now.op = "DynamicQuantizeLSTM";
  now.domain = "com.microsoft";
  graph::remove_attribute(now, "layout");
  now.inputs.resize(8);
  now.inputs[1] = w[0];
  now.inputs[2] = r[0];
  for (const auto& name : {w[1], w[2], r[1], r[2]}) now.inputs.push_back(name);
  rewrite.replace(n, std::move(now));
  return true;
}

}  // namespace

Result<DynamicReport> to_dynamic_int8(graph::Model& model, const DynamicOptions& options) {
  if (graph::opset_of(model) < 11)
    return fail(ErrorKind::unsupported, "dynamic INT8 needs opset 11 or newer; upgrade the model first");
  if (options.largest < 1 || options.largest > 127)
    return fail(ErrorKind::invalid, "the largest weight must be 1 to 127 steps");
  if (auto good = graph::check(model); !good) return forward(good);
  graph::Model changed = model;
  DynamicReport report;
  const auto done = rewrite_each(changed, [&](Rewrite& rewrite) -> Status {
    for (size_t n = 0; n < rewrite.graph().nodes.size(); ++n) {
      const auto of = product_of(rewrite.index(), rewrite.graph().nodes[n], options.least);
      if (of && rewrite.claim({n})) {
        product(rewrite, n, *of, options);
        ++report.products;
      } else if (options.recurrent && recurrent(rewrite, n, options)) {
        ++report.recurrent;
      }
    }
    return {};
  });
  if (!done) return forward(done);
  if (report.recurrent > 0) graph::set_opset(changed, "com.microsoft", 1);
  // The float weights, which nobody reads any more.
  if (auto swept = dead_code(changed, {}); !swept) return forward(swept);
  model = std::move(changed);
  return report;
}

}  // namespace oree::passes
