#include "nodes/workshop/studies/laboratory.h"

#include "base/text.h"
#include "core/graph/file.h"
#include "core/graph/index.h"
#include "nodes/workshop/prepare.h"
#include "services/quantisation/selection.h"

namespace oree::workshop {

Result<std::unique_ptr<Laboratory>> Laboratory::open(const LaboratoryOptions& options,
                                                     inference::Backend& backend,
                                                     const std::filesystem::path& work,
                                                     const std::function<void(std::string_view)>& tell) {
  std::unique_ptr<Laboratory> lab(new Laboratory(backend, work));
  Result<Network> network = open_network(options.model, backend);
  if (!network) return forward(network);
  lab->network_ = *std::move(network);
  Result<Dataset> dataset = Dataset::open(options.data, lab->network_, options.dataset);
  if (!dataset) return forward(dataset);
  lab->dataset_ = *std::move(dataset);
  const Dataset& samples = *lab->dataset_;
  if (tell)
    tell(cat(lab->network_.name, ": ", size_text(lab->network_.bytes), "; ", samples.calibration().size(),
             " samples to calibrate with, ", samples.evaluation().size(), " to judge by"));
  Result<Prepared> prepared = prepare(lab->network_.model, backend);
  if (!prepared) return forward(prepared, lab->network_.source.string());
  lab->prepared_ = std::move(prepared->model);
  const graph::Index index(lab->prepared_.graph);
  Result<Observations> seen = observe(lab->prepared_, quantisation::tensors_to_observe(index), samples,
                                      samples.calibration(), backend, work);
  if (!seen) return forward(seen);
  lab->observations_ = *std::move(seen);
  for (const graph::Node& node : lab->prepared_.graph.nodes) {
    if (quantisation::kind_of(node) == quantisation::Kind::weighted)
      lab->weighted_.push_back(node.outputs[0]);
  }
  return lab;
}

Result<quantisation::Quantised> Laboratory::integers(calibration::Method method,
                                                     const std::unordered_set<std::string>& kept) const {
  return integers_of(prepared_, method, kept);
}

Result<quantisation::Quantised> Laboratory::integers_of(const graph::Model& model, calibration::Method method,
                                                        const std::unordered_set<std::string>& kept) const {
  const kernels::Target target = kernels::this_machine();
  const bool symmetric = kernels::facts(target).activations == kernels::Activations::s8_symmetric;
  const calibration::Grid grid{symmetric ? 255 : 256, symmetric};
  quantisation::Ranges ranges;
  for (const auto& [name, statistics] : observations_) {
    const calibration::Range range = calibration::choose_range(statistics, method, grid);
    ranges.insert({name, {range.low, range.high, statistics.channel_means()}});
  }
  return quantisation::quantise(model, ranges, {target, true, kept});
}

Result<std::unique_ptr<inference::Model>> Laboratory::loaded(const graph::Model& model, int threads) const {
  const std::filesystem::path file = work_ / "variant.onnx";
  if (Status stored = graph::store(model, file); !stored) return forward(stored);
  return backend_.load(file, {.threads = threads});
}

}  // namespace oree::workshop
