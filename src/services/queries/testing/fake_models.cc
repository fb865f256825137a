#include "services/queries/testing/fake_models.h"

#include <atomic>
#include <functional>

#include "base/text.h"
#include "core/inference/checks.h"

namespace oree::queries::testing {
namespace {

using inference::Output;
using inference::Signature;
using tensor::DType;
using tensor::Tensor;
using tensor::TensorView;

using Compute = std::function<std::vector<Tensor>(std::span<const TensorView>)>;

class CountingModel final : public inference::Model {
 public:
  CountingModel(Signature signature, Compute compute)
      : signature_(std::move(signature)), compute_(std::move(compute)) {}
  const Signature& signature() const override { return signature_; }
  std::string_view backend() const override { return "test"; }
  Status run(std::span<const TensorView> inputs, std::span<Output> outputs) const override {
    ++runs;
    if (auto fit = inference::check_inputs(signature_, inputs); !fit) return fit;
    std::vector<Tensor> made = compute_(inputs);
    for (size_t i = 0; i < made.size(); ++i) {
      auto kept = std::make_shared<Tensor>(std::move(made[i]));
      outputs[i].dtype = kept->dtype();
      outputs[i].shape = kept->shape();
      outputs[i].data = kept->bytes();
      outputs[i].keep = kept;
    }
    return {};
  }
  mutable std::atomic<size_t> runs{0};

 private:
  Signature signature_;
  Compute compute_;
};

Tensor column(int64_t rows, const std::function<float(size_t)>& value) {
  auto made = Tensor::create(DType::f32, {rows, 1});
  for (size_t i = 0; i < static_cast<size_t>(rows); ++i) made->as<float>()[i] = value(i);
  return std::move(*made);
}

}  // namespace

FakeModels::FakeModels() {
  models_["sum"] = std::make_shared<CountingModel>(
      Signature{{{"x", DType::f32, {-1, 2}}}, {{"total", DType::f32, {-1, 1}}}}, [](auto inputs) {
        const auto x = inputs[0].template as<float>();
        std::vector<Tensor> out;
        out.push_back(column(inputs[0].shape[0], [&](size_t i) { return x[2 * i] + x[2 * i + 1]; }));
        return out;
      });
  models_["two"] = std::make_shared<CountingModel>(
      Signature{{{"a", DType::f32, {-1, 1}}, {"b", DType::f32, {-1, 1}}},
                {{"sum", DType::f32, {-1, 1}}, {"product", DType::f32, {-1, 1}}}},
      [](auto inputs) {
        const auto a = inputs[0].template as<float>();
        const auto b = inputs[1].template as<float>();
        std::vector<Tensor> out;
        out.push_back(column(inputs[0].shape[0], [&](size_t i) { return a[i] + b[i]; }));
        out.push_back(column(inputs[0].shape[0], [&](size_t i) { return a[i] * b[i]; }));
        return out;
      });
  models_["echo3"] = std::make_shared<CountingModel>(
      Signature{{{"x", DType::f32, {-1, 3, 2}}}, {{"y", DType::f32, {-1, 3, 2}}}}, [](auto inputs) {
        const auto x = inputs[0].template as<float>();
        auto made = Tensor::create(DType::f32, {inputs[0].shape[0], 3, 2});
        for (size_t i = 0; i < x.size(); ++i) made->template as<float>()[i] = x[i] / 2;
        std::vector<Tensor> out;
        out.push_back(std::move(*made));
        return out;
      });
}

Result<std::shared_ptr<const inference::Model>> FakeModels::find(std::string_view name) {
  const auto found = models_.find(name);
  if (found == models_.end()) return fail(ErrorKind::not_found, cat("there is no model '", name, "'"));
  return found->second;
}

size_t FakeModels::runs() const {
  size_t all = 0;
  for (const auto& [name, model] : models_) all += static_cast<const CountingModel&>(*model).runs;
  return all;
}

}  // namespace oree::queries::testing
