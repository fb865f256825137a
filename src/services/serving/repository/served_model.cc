#include "services/serving/repository/served_model.h"

#include <chrono>

#include "services/serving/repository/model_loader.h"

namespace oree::serving {

Status ServedModel::run(std::span<const tensor::TensorView> inputs,
                        std::span<inference::Output> outputs) const {
  const auto since = std::chrono::steady_clock::now();
  Status ran = model->run(inputs, outputs);
  const auto took = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - since);
  RunCounters{runs, failures, infer_time}.count(took, ran.has_value());
  if (tap != nullptr) tap->ran(identity, ran.has_value(), took);
  return ran;
}

Result<std::shared_ptr<const ServedModel>> load_served_model(const std::filesystem::path& folder,
                                                             inference::Backend& backend,
                                                             const inference::LoadOptions& options,
                                                             monitoring::Registry& metrics,
                                                             sealing::KeySource* key, AnswerTap* tap) {
  LoaderParts parts;
  parts.backend = &backend;
  parts.options = options;
  parts.metrics = &metrics;
  parts.key = std::shared_ptr<sealing::KeySource>(std::shared_ptr<void>(), key);  // borrowed for the call
  return ModelLoader(std::move(parts)).load(folder, tap);
}

}  // namespace oree::serving
