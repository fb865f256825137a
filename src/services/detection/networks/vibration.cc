#include "services/detection/networks/vibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "services/detection/numeric/statistics.h"
#include "services/detection/numeric/welch.h"

namespace oree::detection {

namespace {

using inference::Model;
using tensor::DType;

constexpr size_t kSegment = 256;

size_t bins_of(size_t window) {
  return std::min(window, kSegment) / 2 + 1;
}

class Vibration final : public Detector {
 public:
  Vibration(DetectorFile file, std::shared_ptr<const Model> network)
      : file_(std::move(file)), network_(std::move(network)) {}

  std::string_view name() const override { return "vibration"; }
  size_t window() const override { return file_.window; }
  double threshold() const override { return file_.training.threshold; }
  Status fit(const Rows& healthy) override { return check_columns(healthy); }

  Status score(const Rows& rows, std::span<double> scores) const override {
    if (auto status = check_columns(rows); !status) return status;
    std::ranges::fill(scores, std::numeric_limits<double>::quiet_NaN());
    const size_t hop = std::max<size_t>(window() / 2, 1);
    for (size_t first = 0; first + window() <= rows.count(); first += hop) {
      const auto found = sigmoid_of(rows.part(first, window()));
      if (!found) return forward(found);
      const size_t from = first + window() - 1;
      std::fill_n(scores.begin() + static_cast<ptrdiff_t>(from), std::min(hop, scores.size() - from), *found);
    }
    return {};
  }

  Result<Judgement> judge(const Rows& rows) const override {
    if (auto status = check_columns(rows); !status) return forward(status);
    if (rows.count() < window()) {
      return fail(ErrorKind::invalid,
                  cat("the vibration network judges ", window(), " samples, got ", rows.count()));
    }
    const Rows samples = rows.last(window());
    const auto found = sigmoid_of(samples);
    if (!found) return forward(found);
    return Judgement{*found, threshold(), *found > threshold(), blame(samples)};
  }

 private:
  Status check_columns(const Rows& rows) const {
    if (rows.columns == file_.columns.size()) return {};
    return fail(ErrorKind::invalid,
                cat("the vibration network takes ", file_.columns.size(), " axes, got ", rows.columns));
  }

  Result<double> sigmoid_of(const Rows& samples) const {
    const auto features = vibration_features(samples, file_.every);
    if (!features) return forward(features);
    tensor::Shape shape{1, static_cast<int64_t>(samples.columns), static_cast<int64_t>(bins_of(window()))};
    if (network_->signature().inputs[0].shape.size() == 2) shape.erase(shape.begin() + 1);
    const tensor::TensorView input{DType::f32, shape, std::as_bytes(std::span(*features))};
    inference::Output output;
    if (auto status = network_->run({&input, 1}, {&output, 1}); !status)
      return forward(status, "vibration network");
    if (output.dtype != DType::f32 || output.data.size() < sizeof(float)) {
      return fail(ErrorKind::invalid, "the vibration network must give one FP32 logit");
    }
    const double logit = output.view().as<float>()[0];
    return 1 / (1 + std::exp(-logit));
  }

  // The network tells no axis; the share of the vibration's energy does.
  static std::vector<double> blame(const Rows& samples) {
    std::vector<double> energy(samples.columns);
    std::vector<double> axis(samples.count());
    for (size_t c = 0; c < samples.columns; ++c) {
      for (size_t i = 0; i < samples.count(); ++i) axis[i] = samples.row(i)[c];
      const double spread = deviation(axis);
      energy[c] = std::isfinite(spread) ? spread * spread : 0;
    }
    return shares(std::move(energy));
  }

  DetectorFile file_;
  std::shared_ptr<const Model> network_;
};

Status check_network(const Model& network, const DetectorFile& file) {
  const auto& s = network.signature();
  const auto axes = static_cast<int64_t>(file.columns.size());
  const auto bins = static_cast<int64_t>(bins_of(file.window));
  const auto is = [](int64_t dimension, int64_t wanted) { return dimension == -1 || dimension == wanted; };
  bool fits = s.inputs.size() == 1 && s.outputs.size() == 1 && s.inputs[0].dtype == DType::f32;
  if (fits) {
    const auto& shape = s.inputs[0].shape;
    fits = (shape.size() == 3 && is(shape[0], 1) && is(shape[1], axes) && is(shape[2], bins)) ||
           (shape.size() == 2 && axes == 1 && is(shape[0], 1) && is(shape[1], bins));
  }
  if (fits) return {};
  return fail(ErrorKind::invalid, cat("the vibration network must take one FP32 [N,", axes, ",", bins,
                                      "] and give one output, as detector.yaml says"));
}

}  // namespace

Result<std::vector<float>> vibration_features(const Rows& samples, microseconds every) {
  const double rate = 1e6 / static_cast<double>(every.count());
  std::vector<double> fallback(samples.columns, 0.0);
  const auto filled = fill_gaps(samples, fallback);
  std::vector<float> out;
  std::vector<double> axis(samples.count());
  for (size_t c = 0; c < samples.columns; ++c) {
    for (size_t i = 0; i < samples.count(); ++i) axis[i] = filled[i * samples.columns + c];
    const auto spectrum = welch(axis, rate, kSegment);
    if (!spectrum) return forward(spectrum);
    for (const double value : log_density(*spectrum)) out.push_back(static_cast<float>(value));
  }
  return out;
}

Result<std::unique_ptr<Detector>> make_vibration(const DetectorFile& file,
                                                 std::shared_ptr<const Model> network) {
  if (auto status = check_network(*network, file); !status) return forward(status);
  return std::make_unique<Vibration>(file, std::move(network));
}

Result<std::unique_ptr<Detector>> open_vibration(const DetectorFile& file, inference::Backend& backend) {
  if (file.kind != NetworkKind::vibration_cnn) {
    return fail(ErrorKind::invalid, cat(file.model_file.string(), " is no vibration network"));
  }
  auto network = backend.load(file.model_file, {});
  if (!network) return forward(network, file.model_file.string());
  return make_vibration(file, *std::move(network));
}

}  // namespace oree::detection
