#include "nodes/workshop/studies/ways.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/graph/index.h"
#include "core/graph/numbers.h"
#include "services/search/mix.h"

namespace oree::workshop {

namespace {

constexpr std::string_view kRanges = "ranges", kRest = "rest", kProducts = "products", kThreads = "threads",
                           kZeros = "zeros", kBackend = "backend";
constexpr std::array kShares{0.0, 0.3, 0.5};
constexpr std::array kMethods{calibration::Method::mse, calibration::Method::minmax,
                              calibration::Method::average, calibration::Method::percentile};
// Below this the passes leave a product alone.
constexpr uint64_t kLeastProduct = 4096;

// Of layers, as a stand-in for their work: weights count once for each place of the output. Sizes of inner
// tensors are not always known, so the root tempers those that are looked up often.
double cost_of(const graph::Index& index, const graph::Node& node) {
  const graph::Tensor* weights = node.inputs.size() > 1 ? index.constant(node.inputs[1]) : nullptr;
  return weights == nullptr ? 1.0 : 1.0 + static_cast<double>(graph::element_count(weights->dims));
}

bool has_products(const graph::Graph& graph) {
  const graph::Index index(graph);
  return std::ranges::any_of(graph.nodes, [&](const graph::Node& node) {
    if (node.op != "MatMul" && node.op != "Gemm") return false;
    const graph::Tensor* weights = node.inputs.size() > 1 ? index.constant(node.inputs[1]) : nullptr;
    return weights != nullptr && graph::element_count(weights->dims) >= kLeastProduct;
  });
}

std::vector<std::string> thread_choices(unsigned cores) {
  std::vector<std::string> choices;
  for (unsigned threads = 1; threads <= std::min(cores, 16u); threads *= 2) choices.push_back(cat(threads));
  return choices;
}

}  // namespace

Ways Ways::of(const Laboratory& lab, const WaysOptions& options) {
  Ways ways;
  const graph::Graph& graph = lab.prepared().graph;
  const graph::Index index(graph);
  std::vector<double> costs;
  for (const std::string& output : lab.weighted())
    costs.push_back(cost_of(index, *index.producer_node(output)));
  const std::vector<size_t> first = search::cut_evenly(costs, options.groups);
  for (size_t g = 0; g < first.size(); ++g) {
    const size_t from = first[g], to = g + 1 < first.size() ? first[g + 1] : costs.size();
    ways.groups_.emplace_back(lab.weighted().begin() + static_cast<ptrdiff_t>(from),
                              lab.weighted().begin() + static_cast<ptrdiff_t>(to));
    const std::string name = to - from == 1 ? cat("layer ", to) : cat("layers ", from + 1, "-", to);
    ways.space_.push_back({name, {"int8", "float"}});
  }
  search::Axis ranges{std::string(kRanges), {}};
  for (const calibration::Method method : kMethods) ranges.choices.emplace_back(calibration::name_of(method));
  ways.space_.push_back(std::move(ranges));
  ways.space_.push_back({std::string(kRest), {"float32", "float16"}});
  if (has_products(graph)) ways.space_.push_back({std::string(kProducts), {"float", "dynamic-int8", "int4"}});
  search::Axis zeros{std::string(kZeros), {}};
  for (const double share : kShares) zeros.choices.push_back(cat(fixed(share * 100, 0), " %"));
  ways.space_.push_back(std::move(zeros));
  if (options.backends.size() > 1) ways.space_.push_back({std::string(kBackend), options.backends});
  const auto threads = thread_choices(options.cores);
  if (threads.size() > 1) ways.space_.push_back({std::string(kThreads), threads});
  return ways;
}

size_t Ways::choice(const search::Point& point, std::string_view axis) const {
  const auto found = std::ranges::find(space_, axis, &search::Axis::name);
  return found == space_.end() ? 0 : point[static_cast<size_t>(found - space_.begin())];
}

Way Ways::way_at(const search::Point& point) const {
  Way way;
  size_t floats = 0;
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (point[g] == 0) continue;
    way.kept.insert(groups_[g].begin(), groups_[g].end());
    ++floats;
  }
  way.all_float = floats == groups_.size();
  way.method = kMethods[choice(point, kRanges)];
  way.half = choice(point, kRest) == 1;
  way.products = static_cast<Products>(choice(point, kProducts));
  way.zeros = kShares[choice(point, kZeros)];
  way.backend = choice(point, kBackend);
  way.threads = 1 << choice(point, kThreads);
  return way;
}

}  // namespace oree::workshop
