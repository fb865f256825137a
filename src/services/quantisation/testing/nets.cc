#include "services/quantisation/testing/nets.h"

#include <cmath>
#include <random>

#include "base/text.h"
#include "core/graph/numbers.h"

namespace oree::quantisation::testing {

namespace {

using graph::attribute;

// Adds layers one behind the other; each call returns the name of what it makes.
class Builder {
 public:
  explicit Builder(std::vector<int64_t> input, unsigned seed = 1) : random_(seed) {
    net_.input = std::move(input);
    net_.model.ir_version = 8;
    net_.model.opsets = {{"", 17}};
    net_.model.graph.name = "net";
    declare(net_.model.graph.inputs, "x", net_.input);
  }

  std::string constant(std::vector<int64_t> dims, float spread) {
    std::normal_distribution<float> normal(0, spread);
    std::vector<float> values(graph::element_count(dims));
    for (float& value : values) value = normal(random_);
    net_.model.graph.initializers.push_back(
        graph::tensor_of(cat("c", ++count_), dims, std::span<const float>(values)));
    return net_.model.graph.initializers.back().name;
  }
  std::string integers(const std::vector<int64_t>& values) {
    net_.model.graph.initializers.push_back(graph::tensor_of(
        cat("c", ++count_), {static_cast<int64_t>(values.size())}, std::span<const int64_t>(values)));
    return net_.model.graph.initializers.back().name;
  }
  std::string node(std::string op, std::vector<std::string> inputs,
                   std::vector<graph::Attribute> attributes = {}) {
    const std::string output = cat("t", ++count_);
    net_.model.graph.nodes.push_back(
        graph::make_node(std::move(op), std::move(inputs), {output}, std::move(attributes)));
    net_.model.graph.nodes.back().name = cat("n", count_);
    return output;
  }
  std::string conv(const std::string& x, int64_t in, int64_t out, int64_t kernel = 3, int64_t group = 1,
                   int64_t stride = 1) {
    const float spread = 1.0f / std::sqrt(static_cast<float>(in / group * kernel * kernel));
    const std::string w = constant({out, in / group, kernel, kernel}, spread), b = constant({out}, 0.1f);
    const int64_t pad = kernel / 2;
    return node("Conv", {x, w, b},
                {attribute("group", group), attribute("strides", std::vector<int64_t>{stride, stride}),
                 attribute("pads", std::vector<int64_t>{pad, pad, pad, pad})});
  }
  std::string clip(const std::string& x, float low, float high) {
    net_.model.graph.initializers.push_back(graph::scalar(cat("c", ++count_), low));
    const std::string a = net_.model.graph.initializers.back().name;
    net_.model.graph.initializers.push_back(graph::scalar(cat("c", ++count_), high));
    return node("Clip", {x, a, net_.model.graph.initializers.back().name});
  }
  std::vector<std::string> split(const std::string& x) {
    const std::string sizes = integers({4, 4});
    std::vector<std::string> outputs{cat("t", ++count_), cat("s", count_)};
    net_.model.graph.nodes.push_back(
        graph::make_node("Split", {x, sizes}, outputs, {attribute("axis", int64_t{1})}));
    return outputs;
  }

  Net done(std::string name, const std::string& output, std::vector<int64_t> shape) {
    declare(net_.model.graph.outputs, output, shape);
    net_.name = std::move(name);
    return std::move(net_);
  }

 private:
  static void declare(std::vector<graph::Value>& values, const std::string& name,
                      const std::vector<int64_t>& shape) {
    std::vector<graph::Dim> dims;
    for (const int64_t size : shape) dims.push_back({size, ""});
    values.push_back({name, graph::tensor_type(graph::DataType::f32, dims), ""});
  }

  Net net_;
  std::mt19937 random_;
  int count_ = 0;
};

Net chain() {
  Builder b({1, 3, 12, 12});
  auto t = b.node("Relu", {b.conv("x", 3, 8)});
  t = b.node("Relu", {b.conv(t, 8, 8, 3, 1, 2)});
  return b.done("convolutions with Relu", b.conv(t, 8, 4, 1), {1, 4, 6, 6});
}
Net residual() {
  Builder b({1, 3, 8, 8}, 2);
  const auto a = b.node("Relu", {b.conv("x", 3, 8)});
  const auto t = b.node("Relu", {b.node("Add", {b.conv(b.node("Relu", {b.conv(a, 8, 8)}), 8, 8), a})});
  return b.done("residual", b.conv(t, 8, 4), {1, 4, 8, 8});
}
Net silu() {
  Builder b({1, 3, 8, 8}, 3);
  auto t = b.conv("x", 3, 8);
  t = b.node("Mul", {t, b.node("Sigmoid", {t})});
  t = b.conv(t, 8, 8);
  t = b.node("Mul", {t, b.node("Sigmoid", {t})});
  return b.done("SiLU", b.conv(t, 8, 4), {1, 4, 8, 8});
}
Net gated() {
  Builder b({1, 3, 8, 8}, 13);
  auto t = b.conv("x", 3, 16, 1);
  t = b.node("Mul", {t, b.node("Sigmoid", {t})});
  t = b.conv(t, 16, 16, 3, 16);
  t = b.node("Mul", {b.node("Sigmoid", {t}), t});
  return b.done("SiLU before a depthwise convolution", b.conv(t, 16, 4), {1, 4, 8, 8});
}
Net mobile() {
  Builder b({1, 3, 8, 8}, 4);
  auto t = b.clip(b.conv("x", 3, 8, 1), 0, 6);
  t = b.clip(b.conv(t, 8, 8, 3, 8), 0, 6);
  const auto linear = b.conv(t, 8, 8, 1);
  t = b.clip(b.conv(linear, 8, 16, 1), 0, 6);
  t = b.clip(b.conv(t, 16, 16, 3, 16), 0, 6);
  t = b.node("Add", {linear, b.conv(t, 16, 8, 1)});
  t = b.node("GlobalAveragePool", {b.clip(b.conv(t, 8, 16, 1), 0, 6)});
  t = b.node("Flatten", {t});
  return b.done("depthwise blocks with Relu6 and a Gemm",
                b.node("Gemm", {t, b.constant({16, 10}, 0.3f), b.constant({10}, 0.1f)}), {1, 10});
}
Net concat() {
  Builder b({1, 3, 8, 8}, 5);
  const auto a = b.node("Relu", {b.conv("x", 3, 8)});
  const auto c = b.node("Relu", {b.conv("x", 3, 8, 1)});
  return b.done("Concat", b.conv(b.node("Concat", {a, c}, {graph::attribute("axis", int64_t{1})}), 16, 4),
                {1, 4, 8, 8});
}
Net split() {
  Builder b({1, 3, 8, 8}, 6);
  const auto a = b.node("Relu", {b.conv("x", 3, 8)});
  const auto parts = b.split(a);
  const auto left = b.node("Relu", {b.conv(parts[0], 4, 4)});
  const auto t = b.node("Concat", {left, parts[1]}, {graph::attribute("axis", int64_t{1})});
  return b.done("Split", b.conv(t, 8, 4), {1, 4, 8, 8});
}
Net pooled() {
  Builder b({1, 3, 8, 8}, 7);
  auto t = b.node("Relu", {b.conv("x", 3, 8)});
  t = b.node("MaxPool", {t},
             {attribute("kernel_shape", std::vector<int64_t>{2, 2}),
              attribute("strides", std::vector<int64_t>{2, 2})});
  t = b.node("Relu", {b.conv(t, 8, 8)});
  t = b.node("AveragePool", {t},
             {attribute("kernel_shape", std::vector<int64_t>{2, 2}),
              attribute("strides", std::vector<int64_t>{2, 2})});
  return b.done("pooling", b.conv(t, 8, 4, 1), {1, 4, 2, 2});
}
Net resized() {
  Builder b({1, 3, 8, 8}, 8);
  const auto a = b.node("Relu", {b.conv("x", 3, 8)});
  auto t = b.node("Relu", {b.conv(a, 8, 8, 3, 1, 2)});
  const auto sizes = b.integers({1, 8, 8, 8});
  t = b.node("Resize", {t, "", "", sizes},
             {attribute("mode", std::string("nearest")),
              attribute("coordinate_transformation_mode", std::string("asymmetric")),
              attribute("nearest_mode", std::string("floor"))});
  t = b.node("Concat", {t, a}, {graph::attribute("axis", int64_t{1})});
  return b.done("Resize", b.conv(t, 16, 4), {1, 4, 8, 8});
}
Net leaky() {
  Builder b({1, 3, 8, 8}, 9);
  auto t = b.node("LeakyRelu", {b.conv("x", 3, 8)}, {attribute("alpha", 0.1f)});
  return b.done("LeakyRelu", b.conv(b.node("LeakyRelu", {b.conv(t, 8, 8)}, {attribute("alpha", 0.1f)}), 8, 4),
                {1, 4, 8, 8});
}
Net grouped() {
  Builder b({1, 4, 8, 8}, 10);
  auto t = b.node("Relu", {b.conv("x", 4, 8, 3, 2)});
  return b.done("groups", b.conv(b.node("Relu", {b.conv(t, 8, 8, 3, 4)}), 8, 4), {1, 4, 8, 8});
}
Net dense() {
  Builder b({1, 20}, 11);
  auto t = b.node("Relu", {b.node("Gemm", {"x", b.constant({16, 20}, 0.2f), b.constant({16}, 0.1f)},
                                  {attribute("transB", int64_t{1})})});
  t = b.node("Relu", {b.node("Gemm", {t, b.constant({16, 12}, 0.2f), b.constant({12}, 0.1f)})});
  return b.done("Gemms", b.node("Gemm", {t, b.constant({12, 5}, 0.2f), b.constant({5}, 0.1f)}), {1, 5});
}
Net matrices() {
  Builder b({1, 6, 20}, 12);
  auto t = b.node("MatMul", {"x", b.constant({20, 16}, 0.2f)});
  t = b.node("Relu", {b.node("Add", {t, b.constant({16}, 0.1f)})});
  return b.done("MatMuls", b.node("MatMul", {t, b.constant({16, 5}, 0.2f)}), {1, 6, 5});
}
Net reshaped() {
  Builder b({1, 3, 8, 8}, 13);
  auto t = b.node("Relu", {b.conv("x", 3, 8)});
  t = b.node("Transpose", {t}, {attribute("perm", std::vector<int64_t>{0, 2, 3, 1})});
  t = b.node("Reshape", {t, b.integers({1, 512})});
  return b.done("Transpose and Reshape",
                b.node("Gemm", {t, b.constant({512, 5}, 0.05f), b.constant({5}, 0.1f)}), {1, 5});
}
Net excited() {
  Builder b({1, 3, 8, 8}, 14);
  const auto a = b.node("Relu", {b.conv("x", 3, 8)});
  auto s = b.node("Relu", {b.conv(b.node("GlobalAveragePool", {a}), 8, 4, 1)});
  s = b.node("Sigmoid", {b.conv(s, 4, 8, 1)});
  return b.done("squeeze and excitation", b.conv(b.node("Mul", {a, s}), 8, 4), {1, 4, 8, 8});
}
Net tailed() {
  Builder b({1, 3, 8, 8}, 15);
  const auto a = b.node("Relu", {b.conv("x", 3, 8)});
  const auto boxes = b.node("Mul", {b.conv(a, 8, 4, 1), b.constant({1}, 300)});
  const auto scores = b.node("Sigmoid", {b.conv(a, 8, 4, 1)});
  return b.done("boxes beside scores",
                b.node("Concat", {boxes, scores}, {graph::attribute("axis", int64_t{1})}), {1, 8, 8, 8});
}

}  // namespace

std::vector<Net> all_nets() {
  return {chain(),   residual(), silu(),    gated(), mobile(),   concat(),   split(),   pooled(),
          resized(), leaky(),    grouped(), dense(), matrices(), reshaped(), excited(), tailed()};
}

}  // namespace oree::quantisation::testing
