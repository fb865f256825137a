#include "services/quantisation/quantise.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <random>

#include "core/graph/file.h"
#include "core/graph/index.h"
#include "core/graph/numbers.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "core/kernels/proof.h"
#include "platform/files/testing/temp_folder.h"
#include "services/quantisation/even_gates.h"
#include "services/quantisation/fusion.h"
#include "services/quantisation/gated.h"
#include "services/quantisation/selection.h"
#include "services/quantisation/testing/nets.h"
#include "services/quantisation/weights.h"

using namespace oree;
using namespace oree::quantisation;

namespace {

using files::testing::TempFolder;

inference::Backend* runtime() {
  static const Result<std::unique_ptr<inference::Backend>> opened = inference::open_onnxruntime();
  if (!opened) MESSAGE("skipped: " << opened.error().what);
  return opened ? opened->get() : nullptr;
}

std::vector<float> some_input(const testing::Net& net, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(graph::element_count(net.input));
  for (float& value : values) value = uniform(random);
  return values;
}

std::map<std::string, std::vector<float>> run(const inference::Model& model, const testing::Net& net,
                                              unsigned seed) {
  const std::vector<float> values = some_input(net, seed);
  const tensor::TensorView x{tensor::DType::f32, net.input, std::as_bytes(std::span(values))};
  std::vector<inference::Output> outputs(model.signature().outputs.size());
  REQUIRE(model.run({&x, 1}, outputs));
  std::map<std::string, std::vector<float>> found;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto out = outputs[i].view().as<float>();
    found[model.signature().outputs[i].name] = {out.begin(), out.end()};
  }
  return found;
}

Ranges observe(const testing::Net& net, inference::Backend& backend, const TempFolder& folder) {
  graph::Model copy = net.model;
  const graph::Index index(net.model.graph);
  for (const std::string& name : tensors_to_observe(index)) {
    if (index.is_output(name) || index.is_input(name)) continue;
    graph::Value value;
    value.name = name;
    value.type.kind = graph::TypeKind::tensor;
    value.type.element = graph::DataType::f32;
    copy.graph.outputs.push_back(value);
  }
  const auto file = folder.path() / "observed.onnx";
  REQUIRE(graph::store(copy, file));
  const auto model = backend.load(file, {});
  if (!model) FAIL(model.error().what);
  Ranges ranges{{"x", {-1, 1}}};
  for (unsigned seed = 0; seed < 4; ++seed) {
    for (const auto& [name, values] : run(**model, net, seed)) {
      Observed& seen = ranges[name];
      for (const float v : values) {
        seen.low = std::min(seen.low, double{v});
        seen.high = std::max(seen.high, double{v});
      }
    }
  }
  return ranges;
}

double sqnr(const std::vector<float>& wanted, const std::vector<float>& found) {
  double signal = 0, noise = 1e-30;
  for (size_t i = 0; i < wanted.size(); ++i) {
    signal += double{wanted[i]} * double{wanted[i]};
    noise += std::pow(double{wanted[i]} - double{found[i]}, 2);
  }
  return 10 * std::log10(signal / noise);
}

}  // namespace

TEST_CASE("Every wiring is quantised, loads, answers like the float network, and runs fused as predicted") {
  inference::Backend* backend = runtime();
  if (backend == nullptr) return;
  const TempFolder folder;
  for (const testing::Net& net : testing::all_nets()) {
    CAPTURE(net.name);
    const Ranges ranges = observe(net, *backend, folder);
    for (const kernels::Target target : {kernels::Target::vnni, kernels::Target::avx2}) {
      const Result<Quantised> made = quantise(net.model, ranges, {.target = target});
      if (!made) FAIL(made.error().what);
      const auto file = folder.path() / "quantised.onnx";
      REQUIRE(graph::store(made->model, file));
      const auto fused = folder.path() / "fused.onnx";
      REQUIRE(backend->load(file, {.fused_file = fused}));
      const auto model = backend->load(file, {});
      if (!model) FAIL(model.error().what);
      const auto original_file = folder.path() / "float.onnx";
      REQUIRE(graph::store(net.model, original_file));
      const auto original = backend->load(original_file, {});
      REQUIRE(original);
      const auto wanted = run(**original, net, 2), found = run(**model, net, 2);
      CHECK(sqnr(wanted.begin()->second, found.begin()->second) > 25);
      const auto written = graph::load(fused);
      REQUIRE(written);
      const Comparison comparison = compare(predict_fusion(made->model), *written);
      for (const std::string& difference : comparison.differences) MESSAGE(difference);
      CHECK(comparison.holds());
      CHECK(comparison.predicted >= 2);
      for (const LayerReport& layer : made->layers) {
        if (target == kernels::Target::avx2) CHECK(layer.unproven == 0);
        CHECK(layer.largest_sum <= kernels::kLargestAccumulator);
      }
    }
  }
}

TEST_CASE("Boxes beside scores stay in float behind the last weights, and that is said") {
  inference::Backend* backend = runtime();
  if (backend == nullptr) return;
  const TempFolder folder;
  for (const testing::Net& net : testing::all_nets()) {
    if (net.name != "boxes beside scores") continue;
    const graph::Index index(net.model.graph);
    Ranges ranges = observe(net, *backend, folder);
    for (const graph::Node& node : net.model.graph.nodes) {
      if (node.op == "Concat") {
        ranges[node.inputs[0]] = {-300, 300};
        ranges[node.inputs[1]] = {0, 1};
      }
    }
    const auto made = quantise(net.model, ranges, {});
    REQUIRE(made);
    REQUIRE(made->notes.size() == 1);
    CHECK(made->notes[0].find("values up to 300") != std::string::npos);
    for (const Decision& decision : made->decisions)
      CHECK(decision.quantised == (decision.op == "Conv" || decision.op == "Relu"));
  }
}

TEST_CASE("A channel is narrowed only as far as its pairs need, and errs less than seven bits would") {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 1);
  int plain_was_safe = 0, narrowed = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<float> weights(round % 2 == 0 ? 4 : 60);
    for (float& w : weights) w = normal(random);
    const QuantisedChannel exact = quantise_channel(weights, false, 0),
                           safe = quantise_channel(weights, true, 0);
    CHECK_FALSE(exact.narrowed);
    CHECK(kernels::unsafe_pair(safe.values) == std::nullopt);
    const auto error = [&](const QuantisedChannel& c) {
      double sum = 0;
      for (size_t i = 0; i < weights.size(); ++i)
        sum += std::pow(double{weights[i]} - c.values[i] * double{c.scale}, 2);
      return sum;
    };
    if (!kernels::unsafe_pair(exact.values)) {
      ++plain_was_safe;
      CHECK(safe.values == exact.values);
      CHECK(safe.scale == exact.scale);
      continue;
    }
    ++narrowed;
    double largest = 0, seven = 0;
    for (const float w : weights) largest = std::max(largest, std::abs(double{w}));
    for (const float w : weights) {
      const double scale = largest / 64;
      seven += std::pow(double{w} - std::nearbyint(double{w} / scale) * scale, 2);
    }
    CHECK(error(safe) <= seven * 1.001);
  }
  CHECK(plain_was_safe > 50);
  CHECK(narrowed > 50);
}

TEST_CASE("Weights that are no numbers, and networks without any, are refused by name") {
  std::vector<testing::Net> nets = testing::all_nets();
  graph::Model model = nets[0].model;
  Ranges ranges;
  const graph::Index index(model.graph);
  for (const std::string& name : tensors_to_observe(index)) ranges[name] = {-1, 1};
  for (graph::Tensor& tensor : model.graph.initializers) {
    if (tensor.dims.size() != 4) continue;
    std::vector<float> values(tensor.as<float>().begin(), tensor.as<float>().end());
    values[3] = NAN;
    tensor = graph::tensor_of(tensor.name, tensor.dims, std::span<const float>(values));
  }
  const auto refused = quantise(model, ranges, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::unsupported);
  CHECK(refused.error().what.find("hold values that are no numbers") != std::string::npos);
  model = nets[0].model;
  model.opsets = {{"", 11}};
  CHECK(quantise(model, ranges, {}).error().kind == ErrorKind::invalid);
  model.opsets = {{"", 17}};
  model.graph.nodes.resize(0);
  CHECK(quantise(model, ranges, {}).error().what.find("no Conv, Gemm or MatMul") != std::string::npos);
}

TEST_CASE("A bias as large as a float goes does not overflow the accumulator") {
  std::vector<testing::Net> nets = testing::all_nets();
  graph::Model model = nets[0].model;
  for (graph::Tensor& tensor : model.graph.initializers) {
    if (tensor.dims.size() != 1) continue;
    const std::vector<float> large(tensor.as<float>().size(), 1e12f);
    tensor = graph::tensor_of(tensor.name, tensor.dims, std::span<const float>(large));
  }
  Ranges ranges;
  for (const std::string& name : tensors_to_observe(graph::Index(model.graph))) ranges[name] = {-1, 1};
  const auto made = quantise(model, ranges, {});
  REQUIRE(made);
  for (const LayerReport& layer : made->layers) CHECK(layer.largest_sum <= kernels::kLargestAccumulator);
}

TEST_CASE("A channel without weights keeps its bias, and its sums stay as small as those of others") {
  std::vector<testing::Net> nets = testing::all_nets();
  graph::Model model = nets[0].model;
  float wanted = 0;
  for (graph::Tensor& tensor : model.graph.initializers) {
    std::vector<float> values(tensor.as<float>().begin(), tensor.as<float>().end());
    const size_t channel = values.size() / static_cast<size_t>(tensor.dims[0]);
    if (tensor.dims.size() == 4) std::fill_n(values.begin(), channel, 0.0f);
    if (tensor.dims.size() == 1) wanted = values[0] = 3.25f;
    tensor = graph::tensor_of(tensor.name, tensor.dims, std::span<const float>(values));
  }
  Ranges ranges;
  for (const std::string& name : tensors_to_observe(graph::Index(model.graph))) ranges[name] = {-1, 1};
  const auto made = quantise(model, ranges, {});
  REQUIRE(made);
  for (const LayerReport& layer : made->layers) CHECK(layer.largest_sum < 10'000'000);
  const graph::Index index(made->model.graph);
  size_t checked = 0;
  for (const graph::Node& node : made->model.graph.nodes) {
    if (node.op != "Conv" || node.inputs.size() < 3) continue;
    const graph::Node& bias = *index.producer_node(node.inputs[2]);
    const double first = double{index.constant(bias.inputs[1])->as<float>()[0]} *
                         index.constant(bias.inputs[0])->as<int32_t>()[0];
    CHECK(first == doctest::Approx(double{wanted}).epsilon(0.001));
    ++checked;
  }
  CHECK(checked > 0);
}

TEST_CASE("What gates itself is found, and only that") {
  graph::Model model;
  const auto names = [&](std::vector<graph::Node> nodes, const std::string& output) {
    model.graph = {};
    model.graph.nodes = std::move(nodes);
    model.graph.outputs.push_back({output, {}, ""});
    return gated_tensors(graph::Index(model.graph));
  };
  const graph::Node gate = graph::make_node("Sigmoid", {"x"}, {"s"});
  CHECK(names({gate, graph::make_node("Mul", {"x", "s"}, {"y"})}, "y") == std::vector<std::string>{"x"});
  CHECK(names({gate, graph::make_node("Mul", {"s", "x"}, {"y"})}, "y") == std::vector<std::string>{"x"});
  CHECK(names({gate, graph::make_node("Mul", {"z", "s"}, {"y"})}, "y").empty());
  CHECK(names({gate, graph::make_node("Mul", {"x", "s"}, {"y"})}, "x").empty());
  CHECK(names({gate, graph::make_node("Mul", {"x", "s"}, {"y"}), graph::make_node("Relu", {"x"}, {"r"})}, "y")
            .empty());
}

namespace {

testing::Net net_named(const std::string& name) {
  for (testing::Net& net : testing::all_nets()) {
    if (net.name == name) return std::move(net);
  }
  FAIL("no such net");
  return {};
}

// Every second channel of the first convolution reaches 60 times as far as its neighbour, and what reads it
// makes up for that.
void unbalance(graph::Model& model) {
  const auto scaled = [&](const std::string& name, double factor) {
    graph::Tensor& tensor = *graph::find_initializer(model.graph, name);
    std::vector<float> values(tensor.as<float>().begin(), tensor.as<float>().end());
    const size_t inner = values.size() / static_cast<size_t>(tensor.dims[0]);
    for (size_t i = 0; i < values.size(); ++i) {
      if (i / inner % 2 == 1) values[i] *= static_cast<float>(factor);
    }
    tensor = graph::tensor_of(tensor.name, tensor.dims, std::span<const float>(values));
  };
  std::vector<graph::Node> convolutions;
  for (const graph::Node& node : model.graph.nodes) {
    if (node.op == "Conv") convolutions.push_back(node);
  }
  scaled(convolutions[0].inputs[1], 60);
  scaled(convolutions[0].inputs[2], 60);
  scaled(convolutions[1].inputs[1], 1.0 / 60);
}

double sqnr_of(const graph::Model& model, const std::vector<float>& wanted, const testing::Net& net,
               inference::Backend& backend, const TempFolder& folder) {
  const auto file = folder.path() / "one.onnx";
  REQUIRE(graph::store(model, file));
  const auto loaded = backend.load(file, {});
  if (!loaded) FAIL(loaded.error().what);
  return sqnr(wanted, run(**loaded, net, 2).begin()->second);
}

}  // namespace

TEST_CASE("A gate before a depthwise convolution gets a scale for each channel, where channels differ") {
  inference::Backend* backend = runtime();
  if (backend == nullptr) return;
  const TempFolder folder;
  testing::Net net = net_named("SiLU before a depthwise convolution");
  unbalance(net.model);
  const auto file = folder.path() / "float.onnx";
  REQUIRE(graph::store(net.model, file));
  const auto original = backend->load(file, {});
  REQUIRE(original);
  const auto wanted = run(**original, net, 2).begin()->second;
  Ranges ranges = observe(net, *backend, folder);
  const std::string x = gated_tensors(graph::Index(net.model.graph))[0];
  std::string gate, depthwise;
  for (const graph::Node& node : net.model.graph.nodes) {
    if (node.op == "Mul" && gate.empty()) gate = node.outputs[0];
    if (node.op == "Conv" && depthwise.empty() && node.inputs[0] == gate) depthwise = node.outputs[0];
  }
  // What calibration sees of the channels: every second one far.
  ChannelsOf seen;
  for (const std::string& name : {x, gate}) {
    for (int c = 0; c < 16; ++c) {
      const double share = c % 2 == 1 ? 1 : 1 / 60.0;
      seen[name].low.push_back(ranges[name].low * share);
      seen[name].high.push_back(ranges[name].high * share);
      seen[name].means.push_back(0);
    }
  }
  graph::Model even = net.model;
  EvenedGates done = even_out_gates(even, seen, {});
  REQUIRE(done.ranges.size() == 2);
  CHECK(sqnr_of(even, wanted, net, *backend, folder) > 100);

  Recipe recipe;
  const auto plain = quantise(net.model, ranges, recipe);
  REQUIRE(plain);
  recipe.keep_float = done.floats;
  Ranges more = ranges;
  more.merge(done.ranges);
  const auto made = quantise(even, more, recipe);
  REQUIRE(made);
  const double before = sqnr_of(plain->model, wanted, net, *backend, folder);
  const double after = sqnr_of(made->model, wanted, net, *backend, folder);
  CAPTURE(before);
  CHECK(after > before + 4);
  for (const Decision& decision : made->decisions) {
    if (decision.op == "Conv") CHECK(decision.quantised);
  }

  // On the side of what stays in float nothing changes, nor where channels are alike.
  graph::Model half = net.model;
  CHECK(even_out_gates(half, seen, {depthwise}).ranges.size() == 1);
  CHECK(even_out_gates(half = net.model, seen, {x, depthwise}).ranges.empty());
  CHECK(half.graph.nodes.size() == net.model.graph.nodes.size());
  for (auto& [name, channels] : seen) {
    std::ranges::fill(channels.low, -1.0);
    std::ranges::fill(channels.high, 1.0);
  }
  CHECK(even_out_gates(half = net.model, seen, {}).floats.empty());
}

TEST_CASE("Signed targets get signed integers, TensorRT with zero point 0 and float biases") {
  std::vector<testing::Net> nets = testing::all_nets();
  Ranges ranges;
  for (const std::string& name : tensors_to_observe(graph::Index(nets[0].model.graph)))
    ranges[name] = {-1, 2};
  for (const auto target : {kernels::Target::arm_dot, kernels::Target::tensorrt}) {
    const auto made = quantise(nets[0].model, ranges, {.target = target});
    REQUIRE(made);
    const graph::Index index(made->model.graph);
    size_t activations = 0;
    for (const graph::Node& node : made->model.graph.nodes) {
      if (node.op == "QuantizeLinear") {
        ++activations;
        const graph::Tensor* zero = index.constant(node.inputs[2]);
        CHECK(zero->type == graph::DataType::i8);
        if (target == kernels::Target::tensorrt) CHECK(zero->as<int8_t>()[0] == 0);
      }
      if (node.op == "Conv")
        CHECK((index.constant(node.inputs[2]) != nullptr) == (target == kernels::Target::tensorrt));
    }
    CHECK(activations == 4);
  }
}
