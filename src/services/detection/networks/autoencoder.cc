#include "services/detection/networks/autoencoder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "services/detection/numeric/statistics.h"
#include "services/detection/windows.h"

namespace oree::detection {

namespace {

using inference::Model;
using tensor::DType;

constexpr size_t kBatch = 64;

std::string signature_text(const Model& model) {
  const auto& s = model.signature();
  std::string out;
  for (const auto& t : s.inputs)
    out += cat(t.name, " ", tensor::facts(t.dtype).name, " ", tensor::shape_text(t.shape), " ");
  out += "→";
  for (const auto& t : s.outputs)
    out += cat(" ", t.name, " ", tensor::facts(t.dtype).name, " ", tensor::shape_text(t.shape));
  return out;
}

// One FP32 input and output whose last dimensions are `rest` (or variable) and whose first is the batch.
Status check_shape(const Model& model, std::span<const int64_t> rest, std::string_view what) {
  const auto& s = model.signature();
  const auto fits = [&](const tensor::TensorSpec& spec) {
    if (spec.dtype != DType::f32 || spec.shape.size() != rest.size() + 1) return false;
    for (size_t i = 0; i < rest.size(); ++i) {
      if (spec.shape[i + 1] != -1 && spec.shape[i + 1] != rest[i]) return false;
    }
    return true;
  };
  if (s.inputs.size() == 1 && s.outputs.size() == 1 && fits(s.inputs[0]) && fits(s.outputs[0])) return {};
  return fail(ErrorKind::invalid,
              cat("the ", what, " must take and give one FP32 [N,", tensor::shape_text(rest).substr(1),
                  ", but is ", signature_text(model)));
}

// Runs on `batch` entries of `rest` values; the answer is written to `out`, which has in's size.
Status run(const Model& model, std::span<const float> in, tensor::Shape shape, std::span<float> out) {
  const tensor::TensorView input{DType::f32, shape, std::as_bytes(in)};
  inference::Output output{.preset = std::as_writable_bytes(out), .shape = shape, .data = {}, .keep = {}};
  return model.run({&input, 1}, {&output, 1});
}

class LstmAutoencoder final : public Autoencoder {
 public:
  LstmAutoencoder(DetectorFile file, std::shared_ptr<const Model> scaler,
                  std::shared_ptr<const Model> network)
      : file_(std::move(file)), scaler_(std::move(scaler)), network_(std::move(network)) {
    const bool one_by_one = network_->signature().inputs[0].shape[0] == 1;
    batch_ = one_by_one ? 1 : kBatch;
    scale_one_by_one_ = scaler_->signature().inputs[0].shape[0] == 1;
  }

  std::string_view name() const override { return "lstm"; }
  size_t window() const override { return file_.window; }
  double threshold() const override { return file_.training.threshold; }
  const DetectorFile& file() const override { return file_; }

  Status fit(const Rows& healthy) override { return check_columns(healthy); }

  Status score(const Rows& rows, std::span<double> scores) const override {
    if (auto status = check_columns(rows); !status) return status;
    std::ranges::fill(scores, std::numeric_limits<double>::quiet_NaN());
    const auto starts = window_starts(WindowRule::natural, rows.count(), window());
    if (starts.empty()) return {};
    const auto scaled = scale(filled(rows));
    if (!scaled) return forward(scaled);
    const auto found = errors_of(*scaled, starts);
    if (!found) return forward(found);
    std::ranges::copy(*found, scores.begin() + static_cast<ptrdiff_t>(window() - 1));
    return {};
  }

  Result<Judgement> judge(const Rows& rows) const override {
    if (auto status = check_window(rows); !status) return forward(status);
    const auto found = rebuild(filled(rows.last(window())));
    if (!found) return forward(found);
    return judgement(*found);
  }

  std::vector<Result<Judgement>> judge_each(std::span<const Rows> machines) const override;
  Result<std::vector<double>> errors(std::span<const double> windows) const override;
  Result<Rebuilt> rebuild(std::span<const double> window) const override;

 private:
  size_t columns() const { return file_.columns.size(); }
  size_t size() const { return window() * columns(); }

  Status check_columns(const Rows& rows) const {
    if (rows.columns == columns()) return {};
    return fail(ErrorKind::invalid, cat("the auto-encoder takes ", columns(), " columns (",
                                        join(file_.columns, ", "), "), got ", rows.columns));
  }
  Status check_window(const Rows& rows) const {
    if (auto status = check_columns(rows); !status) return status;
    if (rows.count() >= window()) return {};
    return fail(ErrorKind::invalid, cat("the auto-encoder judges ", window(), " rows, got ", rows.count()));
  }

  // A column without any value yet gets its training mean, which the scaler makes 0; without knowing it here,
  // the first value that comes, or 0.
  std::vector<double> filled(const Rows& rows) const {
    std::vector<double> first(columns(), 0.0);
    for (size_t c = 0; c < columns(); ++c) {
      for (size_t i = 0; i < rows.count(); ++i) {
        if (!std::isfinite(rows.row(i)[c])) continue;
        first[c] = rows.row(i)[c];
        break;
      }
    }
    return fill_gaps(rows, first);
  }

  Result<std::vector<float>> scale(std::span<const double> values) const;
  Result<std::vector<double>> errors_of(std::span<const float> scaled, std::span<const size_t> starts) const;
  Status rebuild_into(std::span<const float> scaled, std::span<float> rebuilt) const;
  Judgement judgement(const Rebuilt& found) const {
    return {found.error, threshold(), found.error > threshold(),
            shares(erreur_by_column(found.scaled, found.rebuilt, columns()))};
  }

  DetectorFile file_;
  std::shared_ptr<const Model> scaler_, network_;
  size_t batch_ = kBatch;
  bool scale_one_by_one_ = false;
};

Result<std::vector<float>> LstmAutoencoder::scale(std::span<const double> values) const {
  std::vector<float> raw(values.begin(), values.end());
  std::vector<float> out(raw.size());
  const size_t rows = raw.size() / columns();
  const size_t step = scale_one_by_one_ ? 1 : rows;
  for (size_t row = 0; row < rows; row += step) {
    const size_t first = row * columns(), count = step * columns();
    const tensor::Shape shape{static_cast<int64_t>(step), static_cast<int64_t>(columns())};
    const auto status =
        run(*scaler_, std::span(raw).subspan(first, count), shape, std::span(out).subspan(first, count));
    if (!status) return forward(status, "scaler");
  }
  return out;
}

// Any number of windows, at most batch_ in one run.
Status LstmAutoencoder::rebuild_into(std::span<const float> scaled, std::span<float> rebuilt) const {
  const size_t windows = scaled.size() / size();
  for (size_t first = 0; first < windows; first += batch_) {
    const size_t count = std::min(batch_, windows - first);
    const tensor::Shape shape{static_cast<int64_t>(count), static_cast<int64_t>(window()),
                              static_cast<int64_t>(columns())};
    const auto status = run(*network_, scaled.subspan(first * size(), count * size()), shape,
                            rebuilt.subspan(first * size(), count * size()));
    if (!status) return forward(status, "auto-encoder");
  }
  return {};
}

Result<std::vector<double>> LstmAutoencoder::errors_of(std::span<const float> scaled,
                                                       std::span<const size_t> starts) const {
  std::vector<double> out;
  out.reserve(starts.size());
  std::vector<float> windows, rebuilt;
  for (size_t first = 0; first < starts.size(); first += batch_) {
    const size_t count = std::min(batch_, starts.size() - first);
    windows.clear();
    for (const size_t start : starts.subspan(first, count)) {
      const auto window = scaled.subspan(start * columns(), size());
      windows.insert(windows.end(), window.begin(), window.end());
    }
    rebuilt.resize(windows.size());
    if (auto status = rebuild_into(windows, rebuilt); !status) return forward(status);
    for (size_t i = 0; i < count; ++i) {
      out.push_back(*erreur(std::span(windows).subspan(i * size(), size()),
                            std::span(rebuilt).subspan(i * size(), size())));
    }
  }
  return out;
}

Result<std::vector<double>> LstmAutoencoder::errors(std::span<const double> windows) const {
  if (windows.size() % size() != 0) {
    return fail(ErrorKind::invalid,
                cat("windows of ", size(), " values were expected, got ", windows.size()));
  }
  if (windows.empty()) return std::vector<double>{};
  const auto scaled = scale(windows);
  if (!scaled) return forward(scaled);
  std::vector<size_t> starts;
  for (size_t start = 0; start < windows.size() / columns(); start += window()) starts.push_back(start);
  return errors_of(*scaled, starts);
}

Result<Rebuilt> LstmAutoencoder::rebuild(std::span<const double> window) const {
  if (window.size() != size()) {
    return fail(ErrorKind::invalid, cat("a window of ", size(), " values was expected, got ", window.size()));
  }
  auto scaled = scale(window);
  if (!scaled) return forward(scaled);
  Rebuilt out{.scaled = *std::move(scaled), .rebuilt = std::vector<float>(size()), .error = 0};
  if (auto status = rebuild_into(out.scaled, out.rebuilt); !status) return forward(status);
  out.error = *erreur(out.scaled, out.rebuilt);
  return out;
}

// The machines that have a whole window, all scaled and rebuilt together; the others fail by themselves.
std::vector<Result<Judgement>> LstmAutoencoder::judge_each(std::span<const Rows> machines) const {
  std::vector<Result<Judgement>> out;
  out.reserve(machines.size());
  std::vector<double> windows;
  std::vector<size_t> whole;
  for (size_t i = 0; i < machines.size(); ++i) {
    const auto status = check_window(machines[i]);
    out.push_back(status ? Result<Judgement>(Judgement{}) : forward(status));
    if (!status) continue;
    whole.push_back(i);
    const auto window = filled(machines[i].last(this->window()));
    windows.insert(windows.end(), window.begin(), window.end());
  }
  if (whole.empty()) return out;
  const auto scaled = scale(windows);
  std::vector<float> rebuilt(windows.size());
  const Status status = scaled ? rebuild_into(*scaled, rebuilt) : forward(scaled);
  for (size_t k = 0; k < whole.size(); ++k) {
    if (!status) {
      out[whole[k]] = forward(status);
      continue;
    }
    const auto a = std::span(*scaled).subspan(k * size(), size());
    const auto b = std::span<const float>(rebuilt).subspan(k * size(), size());
    const double error = *erreur(a, b);
    out[whole[k]] =
        Judgement{error, threshold(), error > threshold(), shares(erreur_by_column(a, b, columns()))};
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Autoencoder>> make_autoencoder(const DetectorFile& file,
                                                      std::shared_ptr<const Model> scaler,
                                                      std::shared_ptr<const Model> network) {
  const auto columns = static_cast<int64_t>(file.columns.size());
  const int64_t of_row[] = {columns};
  const int64_t of_window[] = {static_cast<int64_t>(file.window), columns};
  if (auto status = check_shape(*scaler, of_row, "scaler"); !status) return forward(status);
  if (auto status = check_shape(*network, of_window, "auto-encoder"); !status) return forward(status);
  return std::make_unique<LstmAutoencoder>(file, std::move(scaler), std::move(network));
}

Result<std::unique_ptr<Autoencoder>> open_autoencoder(const DetectorFile& file, inference::Backend& backend) {
  if (file.kind != NetworkKind::lstm_autoencoder) {
    return fail(ErrorKind::invalid, cat(file.model_file.string(), " is no auto-encoder"));
  }
  auto scaler = backend.load(file.scaler_file, {});
  if (!scaler) return forward(scaler, file.scaler_file.string());
  auto network = backend.load(file.model_file, {});
  if (!network) return forward(network, file.model_file.string());
  return make_autoencoder(file, *std::move(scaler), *std::move(network));
}

}  // namespace oree::detection
