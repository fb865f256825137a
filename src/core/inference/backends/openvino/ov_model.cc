#include "core/inference/backends/openvino/ov_model.h"

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "core/inference/checks.h"

namespace oree::inference::openvino {

namespace {

int cores() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

bool only_batches(const Signature& signature) {
  return !signature.inputs.empty() && std::ranges::all_of(signature.inputs, [](const auto& input) {
    return !input.shape.empty() && input.shape[0] == -1 && std::ranges::count(input.shape, -1) == 1;
  });
}

// The graph with the batch that is given; -1 leaves it open again.
Status set_batch(const Runtime& runtime, const Graph& graph, const Signature& signature, int64_t batch) {
  std::vector<std::vector<Bounds>> sides;
  std::vector<PartialShape> shapes;
  std::vector<size_t> inputs;
  for (const tensor::TensorSpec& input : signature.inputs) {
    std::vector<Bounds>& bounds = sides.emplace_back();
    for (const int64_t side : input.shape) bounds.push_back({side, side});
    bounds[0] = batch < 0 ? Bounds{0, -1} : Bounds{batch, batch};
    inputs.push_back(inputs.size());
  }
  for (std::vector<Bounds>& bounds : sides) {
    const auto rank = static_cast<int64_t>(bounds.size());
    shapes.push_back({{rank, rank}, bounds.data()});
  }
  return runtime.check(runtime.api().reshape(&graph, inputs.data(), shapes.data(), shapes.size()));
}

}  // namespace

Result<std::unique_ptr<Model>> OvModel::load(std::shared_ptr<const Runtime> runtime, Owned<Graph> graph,
                                             const std::string& name, const LoadOptions& options) {
  Result<Signature> signature = signature_of(*runtime, *graph);
  if (!signature) return forward(signature, name);
  std::unique_ptr<OvModel> model(
      new OvModel(std::move(runtime), std::move(graph), std::move(*signature), options));
  model->batches_ = only_batches(model->signature_);
  // What runs most now, so that what cannot be compiled is refused here.
  if (model->batches_ && model->compile_single()) return model;
  model->batches_ = false;  // or a graph that insists on its own shapes
  Result<std::shared_ptr<Network>> general = model->compile_general();
  if (!general) return forward(general, name);
  model->general_ = std::move(*general);
  if (!options.crowds) return model;
  Result<std::shared_ptr<Network>> crowd =
      Network::compile(model->runtime_, *model->graph_, cores(), cores());
  if (!crowd) return forward(crowd, name);
  model->crowd_ = std::move(*crowd);
  return model;
}

Status OvModel::compile_single() {
  if (Status set = set_batch(*runtime_, *graph_, signature_, 1); !set) return set;
  Result<std::shared_ptr<Network>> network = Network::compile(runtime_, *graph_, options_.threads, 1);
  if (network && options_.crowds) {
    Result<std::shared_ptr<Network>> crowd = Network::compile(runtime_, *graph_, cores(), cores());
    if (crowd) crowd_ = std::move(*crowd);
  }
  if (Status set = set_batch(*runtime_, *graph_, signature_, -1); !set) return set;
  if (!network) return forward(network);
  single_ = std::move(*network);
  return {};
}

Result<std::shared_ptr<Network>> OvModel::compile_general() const {
  return Network::compile(runtime_, *graph_, options_.threads, 1);
}

Result<std::shared_ptr<Network>> OvModel::network_for(Company company,
                                                      std::span<const tensor::TensorView> inputs) const {
  const bool one = batches_ && std::ranges::all_of(inputs, [](const auto& in) { return in.shape[0] == 1; });
  if ((one || !batches_) && company == Company::together && crowd_ != nullptr) return crowd_;
  if (one) return single_;
  const std::lock_guard lock(mutex_);
  if (general_ == nullptr) {
    Result<std::shared_ptr<Network>> made = compile_general();
    if (!made) return made;
    general_ = std::move(*made);
  }
  return general_;
}

Status OvModel::run_in(Company company, std::span<const tensor::TensorView> inputs,
                       std::span<Output> outputs) const {
  if (Status checked = check_inputs(signature_, inputs); !checked) return checked;
  if (Status checked = check_outputs(signature_, outputs); !checked) return checked;
  const Result<std::shared_ptr<Network>> network = network_for(company, inputs);
  if (!network) return forward(network);
  return (*network)->run(signature_, inputs, outputs);
}

}  // namespace oree::inference::openvino
