// Builds small networks for tests of passes, with weights that are the same each time.
#pragma once

#include <random>

#include "core/graph/graph.h"
#include "core/graph/numbers.h"

namespace oree::passes::testing {

class SmallNet {
 public:
  explicit SmallNet(std::vector<int64_t> input, int64_t opset = 17) {
    model_.opsets = {{"", opset}};
    model_.graph.name = "small";
    std::vector<graph::Dim> dims;
    for (const int64_t size : input) dims.push_back({size, ""});
    model_.graph.inputs = {{"x", graph::tensor_type(graph::DataType::f32, dims)}};
  }
  SmallNet& weights(const std::string& name, std::vector<int64_t> dims, float low = -1, float high = 1) {
    std::uniform_real_distribution<float> uniform(low, high);
    std::vector<float> values(graph::element_count(dims));
    for (float& value : values) value = uniform(random_);
    model_.graph.initializers.push_back(
        graph::tensor_of(name, std::move(dims), std::span<const float>(values)));
    return *this;
  }
  SmallNet& number(const std::string& name, float value) {
    model_.graph.initializers.push_back(graph::scalar(name, value));
    return *this;
  }
  SmallNet& ints(const std::string& name, std::vector<int64_t> values) {
    const auto count = static_cast<int64_t>(values.size());
    model_.graph.initializers.push_back(graph::tensor_of(name, {count}, std::span<const int64_t>(values)));
    return *this;
  }
  SmallNet& node(std::string op, std::vector<std::string> inputs, std::vector<std::string> outputs,
                 std::vector<graph::Attribute> attributes = {}) {
    model_.graph.nodes.push_back(
        graph::make_node(std::move(op), std::move(inputs), std::move(outputs), std::move(attributes)));
    return *this;
  }
  graph::Model gives(const std::string& output, graph::DataType type = graph::DataType::f32) {
    graph::Type any;
    any.kind = graph::TypeKind::tensor;
    any.element = type;
    model_.graph.outputs.push_back({output, any, {}});
    return model_;
  }

 private:
  graph::Model model_;
  std::mt19937 random_{7};
};

}  // namespace oree::passes::testing
