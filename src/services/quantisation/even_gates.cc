#include "services/quantisation/even_gates.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "core/graph/index.h"
#include "core/graph/numbers.h"
#include "services/quantisation/gated.h"

namespace oree::quantisation {

namespace {

using graph::Node;

// Mean over channels of (largest reach / reach)²: how much louder the rounding of one scale for all is than
// that of a scale for each. Of one where all are alike; evening out pays from some tens on.
constexpr double kUneven = 40;
constexpr double kLeastShare = 1.0 / 256;  // a channel that says nothing must not be blown up without limit
constexpr double kDeep = 8;                // below -8, x · sigmoid(x) is as good as zero
constexpr int kSteps = 255;

struct Steps {
  std::vector<double> of_channel;  // values / these are integers' units
  int zero = 0;
};

// The zero point that all channels share, at the least sum of the logarithms of their steps.
Steps steps_for(const std::vector<double>& low, const std::vector<double>& high) {
  double largest = 0;
  for (size_t c = 0; c < low.size(); ++c) largest = std::max({largest, -low[c], high[c]});
  Steps best;
  double least = INFINITY;
  for (int zero = 0; zero <= kSteps; ++zero) {
    Steps steps{{}, zero};
    double sum = 0;
    for (size_t c = 0; c < low.size(); ++c) {
      const double below = std::max(-low[c], 0.0), above = std::max(high[c], 0.0);
      double step = largest * kLeastShare / kSteps;
      if (below > 0) step = std::max(step, zero == 0 ? INFINITY : below / zero);
      if (above > 0) step = std::max(step, zero == kSteps ? INFINITY : above / (kSteps - zero));
      steps.of_channel.push_back(step);
      sum += std::log(step);
    }
    if (sum >= least) continue;
    least = sum;
    best = std::move(steps);
  }
  return best;
}

double unevenness(const Channels& seen) {
  std::vector<double> reach;
  for (size_t c = 0; c < seen.low.size(); ++c) reach.push_back(std::max({-seen.low[c], seen.high[c], 0.0}));
  const double largest = reach.empty() ? 0 : *std::ranges::max_element(reach);
  if (!(largest > 0)) return 1;
  double sum = 0;
  for (const double r : reach) sum += std::pow(std::max(r / largest, kLeastShare), -2);
  return sum / static_cast<double>(reach.size());
}

class Evener {
 public:
  Evener(graph::Model& model, const ChannelsOf& seen, const std::unordered_set<std::string>& kept)
      : model_(model), before_(model.graph), index_(before_), fresh_(before_), seen_(seen), kept_(kept) {}

  EvenedGates run() {
    behind_.resize(before_.nodes.size());
    for (const std::string& x : gated_tensors(index_)) even_out(x);
    std::vector<Node> nodes;
    for (size_t i = 0; i < behind_.size(); ++i) {
      nodes.push_back(std::move(model_.graph.nodes[i]));
      if (behind_[i]) nodes.push_back(std::move(*behind_[i]));
    }
    model_.graph.nodes = std::move(nodes);
    return std::move(done_);
  }

 private:
  // Of a convolution that alone uses its weights and its bias; nullptr of any other node.
  const graph::Tensor* weights_of(const Node& node) const {
    if (node.op != "Conv" || !node.domain.empty()) return nullptr;
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      const graph::Tensor* tensor = index_.constant(node.inputs[i]);
      const bool own = tensor != nullptr && tensor->type == graph::DataType::f32 &&
                       index_.uses(tensor->name).size() == 1 && index_.initializer(tensor->name) != nullptr;
      if (!own) return nullptr;
    }
    return index_.constant(node.inputs[1]);
  }

  bool depthwise(const Node& node) const {
    const graph::Tensor* weights = weights_of(node);
    return weights != nullptr && weights->dims.size() == 4 && weights->dims[1] == 1 &&
           graph::int_or(node, "group", 1) == weights->dims[0];
  }

  void even_out(const std::string& x) {
    const auto made_by = index_.producer(x);
    if (!made_by || weights_of(before_.nodes[*made_by]) == nullptr) return;
    size_t product = index_.uses(x)[0].node;
    if (before_.nodes[product].op != "Mul") product = index_.uses(x)[1].node;
    const Node& gate = before_.nodes[product];
    const std::string& y = gate.outputs[0];
    const auto x_seen = seen_.find(x), y_seen = seen_.find(y);
    if (x_seen == seen_.end() || y_seen == seen_.end() || index_.is_output(y) || index_.uses(y).empty())
      return;
    bool integers_read = true;
    for (const graph::Use& use : index_.uses(y)) {
      const Node& reader = before_.nodes[use.node];
      if (use.input != 0 || !depthwise(reader)) return;
      integers_read = integers_read && !kept_.contains(reader.outputs[0]);
    }
    const auto channels = static_cast<size_t>(weights_of(before_.nodes[*made_by])->dims[0]);
    if (x_seen->second.low.size() != channels || y_seen->second.low.size() != channels ||
        y_seen->second.means.size() != channels)
      return;
    if (std::max(unevenness(x_seen->second), unevenness(y_seen->second)) < kUneven) return;
    const bool integers_made = !kept_.contains(x);
    if (integers_made) make_even(*made_by, x, x_seen->second);
    if (integers_read) read_even(product, y, y_seen->second);
    if (!integers_made && !integers_read) return;
    for (const graph::Use& use : index_.uses(x)) done_.floats.insert(before_.nodes[use.node].outputs[0]);
  }

  void make_even(size_t convolution, const std::string& x, const Channels& seen) {
    std::vector<double> low;
    for (size_t c = 0; c < seen.low.size(); ++c)
      low.push_back(std::max(seen.low[c], -std::max(kDeep, seen.high[c])));
    const Steps steps = steps_for(low, seen.high);
    Node& node = model_.graph.nodes[convolution];
    for (size_t i = 1; i < node.inputs.size(); ++i) scale(node.inputs[i], steps.of_channel, true);
    const std::string even = fresh_(cat(x, "_even"));
    node.outputs[0] = even;
    behind_[convolution] = product_of(even, steps.of_channel, false, x);
    add(even, steps, {});
    done_.floats.insert(x);
  }

  void read_even(size_t gate, const std::string& y, const Channels& seen) {
    const Steps steps = steps_for(seen.low, seen.high);
    const std::string even = fresh_(cat(y, "_even"));
    behind_[gate] = product_of(y, steps.of_channel, true, even);
    for (const graph::Use& use : index_.uses(y)) {
      Node& reader = model_.graph.nodes[use.node];
      reader.inputs[0] = even;
      scale(reader.inputs[1], steps.of_channel, false);
    }
    std::vector<double> means;
    for (size_t c = 0; c < seen.means.size(); ++c) means.push_back(seen.means[c] / steps.of_channel[c]);
    add(even, steps, std::move(means));
    done_.floats.insert(even);
  }

  void add(const std::string& name, const Steps& steps, std::vector<double> means) {
    const double zero = steps.zero;
    done_.ranges.insert({name, {-zero, kSteps - zero, std::move(means)}});
  }

  Node product_of(const std::string& from, const std::vector<double>& factors, bool inverse,
                  const std::string& to) {
    std::vector<float> values;
    for (const double f : factors) values.push_back(static_cast<float>(inverse ? 1 / f : f));
    const std::string name = fresh_(cat(to, "_steps"));
    model_.graph.initializers.push_back(
        graph::tensor_of(name, {static_cast<int64_t>(values.size()), 1, 1}, std::span<const float>(values)));
    Node node = graph::make_node("Mul", {from, name}, {to});
    node.name = cat(to, inverse ? "_to_steps" : "_from_steps");
    return node;
  }

  // Divides (or multiplies) a tensor along its first axis.
  void scale(const std::string& name, const std::vector<double>& by, bool divide) {
    graph::Tensor& tensor = *graph::find_initializer(model_.graph, name);
    std::vector<float> values(tensor.as<float>().begin(), tensor.as<float>().end());
    const size_t inner = values.size() / by.size();
    for (size_t i = 0; i < values.size(); ++i) {
      const double s = by[i / inner];
      values[i] = static_cast<float>(divide ? double{values[i]} / s : double{values[i]} * s);
    }
    tensor = graph::tensor_of(tensor.name, tensor.dims, std::span<const float>(values));
  }

  graph::Model& model_;
  const graph::Graph before_;
  graph::Index index_;
  graph::FreshNames fresh_;
  const ChannelsOf& seen_;
  const std::unordered_set<std::string>& kept_;
  std::vector<std::optional<Node>> behind_;  // by node: what comes right behind it
  EvenedGates done_;
};

}  // namespace

EvenedGates even_out_gates(graph::Model& model, const ChannelsOf& seen,
                           const std::unordered_set<std::string>& kept) {
  return Evener(model, seen, kept).run();
}

}  // namespace oree::quantisation
