#include "core/inference/backends/openvino/ov_model.h"

#include <algorithm>

#include "base/text.h"
#include "core/inference/checks.h"

namespace oree::inference::openvino {

namespace {

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
  // One of them now, so that what cannot be compiled is refused here.
  if (model->batches_) {
    if (const auto single = model->compile_single()) {
      model->single_ = *single;
      return model;
    }
    model->batches_ = false;  // a graph that insists on its own shapes
  }
  Result<std::shared_ptr<Network>> general =
      Network::compile(model->runtime_, *model->graph_, model->options_);
  if (!general) return forward(general, name);
  model->general_ = std::move(*general);
  return model;
}

Result<std::shared_ptr<Network>> OvModel::compile_single() const {
  if (Status set = set_batch(*runtime_, *graph_, signature_, 1); !set) return forward(set);
  Result<std::shared_ptr<Network>> network = Network::compile(runtime_, *graph_, options_);
  if (Status set = set_batch(*runtime_, *graph_, signature_, -1); !set) return forward(set);
  return network;
}

Result<std::shared_ptr<Network>> OvModel::network_for(std::span<const tensor::TensorView> inputs) const {
  const bool one = batches_ && std::ranges::all_of(inputs, [](const auto& in) { return in.shape[0] == 1; });
  if (one) return single_;
  const std::lock_guard lock(mutex_);
  if (general_ == nullptr) {
    Result<std::shared_ptr<Network>> made = Network::compile(runtime_, *graph_, options_);
    if (!made) return made;
    general_ = std::move(*made);
  }
  return general_;
}

Status OvModel::run(std::span<const tensor::TensorView> inputs, std::span<Output> outputs) const {
  if (Status checked = check_inputs(signature_, inputs); !checked) return checked;
  if (Status checked = check_outputs(signature_, outputs); !checked) return checked;
  const Result<std::shared_ptr<Network>> network = network_for(inputs);
  if (!network) return forward(network);
  return (*network)->run(signature_, inputs, outputs);
}

}  // namespace oree::inference::openvino
