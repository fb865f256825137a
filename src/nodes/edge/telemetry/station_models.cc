#include "nodes/edge/telemetry/station_models.h"

#include "core/inference/checks.h"
#include "services/detection/networks/autoencoder.h"

namespace oree::edge {
namespace {

using tensor::DType;
using tensor::TensorView;

// An auto-encoder with its scaler: windows in, one error each out.
class ErrorModel final : public inference::Model {
 public:
  explicit ErrorModel(std::unique_ptr<detection::Autoencoder> detector) : detector_(std::move(detector)) {
    const auto window = static_cast<int64_t>(detector_->file().window);
    const auto columns = static_cast<int64_t>(detector_->file().columns.size());
    signature_ = {{{"readings", DType::f32, {-1, window, columns}}}, {{"error", DType::f32, {-1, 1}}}};
  }
  const inference::Signature& signature() const override { return signature_; }
  std::string_view backend() const override { return "detector"; }

  Status run(std::span<const TensorView> inputs, std::span<inference::Output> outputs) const override {
    if (auto fit = inference::check_inputs(signature_, inputs); !fit) return fit;
    const auto values = inputs[0].as<float>();
    const auto errors = detector_->errors(std::vector<double>(values.begin(), values.end()));
    if (!errors) return forward(errors);
    auto made = tensor::Tensor::create(DType::f32, {static_cast<int64_t>(errors->size()), 1});
    if (!made) return forward(made);
    auto kept = std::make_shared<tensor::Tensor>(std::move(*made));
    for (size_t i = 0; i < errors->size(); ++i) kept->as<float>()[i] = static_cast<float>((*errors)[i]);
    outputs[0].dtype = kept->dtype();
    outputs[0].shape = kept->shape();
    outputs[0].data = kept->bytes();
    outputs[0].keep = std::move(kept);
    return {};
  }

 private:
  std::unique_ptr<detection::Autoencoder> detector_;
  inference::Signature signature_;
};

}  // namespace

StationModels::StationModels(inference::Backend& backend, std::filesystem::path folder)
    : backend_(backend), folder_(folder), plain_(backend, std::move(folder)) {}

Result<std::shared_ptr<const inference::Model>> StationModels::find(std::string_view name) {
  std::error_code ignored;
  const bool safe = !name.empty() && !name.contains("..") && name.front() != '/';
  const auto folder = folder_ / std::string(name);
  if (!safe || !std::filesystem::is_regular_file(folder / "detector.yaml", ignored)) return plain_.find(name);
  const auto file = detection::load_detector_file(folder);
  if (!file) return forward(file);
  if (file->kind != detection::NetworkKind::lstm_autoencoder) return plain_.find(name);
  auto detector = detection::open_autoencoder(*file, backend_);
  if (!detector) return forward(detector);
  return std::make_shared<const ErrorModel>(std::move(*detector));
}

Result<std::shared_ptr<const inference::Model>> StationModels::load(ByteView file) {
  return plain_.load(file);
}

}  // namespace oree::edge
