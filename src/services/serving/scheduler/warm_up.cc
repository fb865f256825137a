#include "services/serving/scheduler/warm_up.h"

#include <algorithm>

#include "platform/tensor/tensor.h"

namespace oree::serving {

namespace {

constexpr std::chrono::milliseconds kBudget{10};  // for all runs after the first
constexpr int kRunsOfASize = 4;

struct Zeros {
  std::vector<tensor::Tensor> tensors;
  std::vector<tensor::TensorView> views;
};

// nullopt when a dimension other than the batch's is open.
std::optional<Zeros> zeros_for(const inference::Signature& signature, bool batched, uint64_t rows) {
  Zeros zeros;
  for (const tensor::TensorSpec& spec : signature.inputs) {
    tensor::Shape shape = spec.shape;
    if (batched && !shape.empty() && shape[0] < 0) shape[0] = static_cast<int64_t>(rows);
    Result<tensor::Tensor> made = tensor::Tensor::create(spec.dtype, std::move(shape));
    if (!made) return std::nullopt;
    std::ranges::fill(made->mutable_bytes(), std::byte{});
    zeros.tensors.push_back(std::move(*made));
  }
  for (const tensor::Tensor& tensor : zeros.tensors) zeros.views.push_back(tensor.view());
  return zeros;
}

std::optional<std::chrono::nanoseconds> time_run(const inference::Model& model, const Zeros& zeros,
                                                 const Clock& clock) {
  std::vector<inference::Output> outputs(model.signature().outputs.size());
  const MonoTime start = clock.mono();
  if (!model.run(zeros.views, outputs)) return std::nullopt;
  return clock.mono() - start;
}

}  // namespace

WarmUp warm_up(const inference::Model& model, bool batched, uint64_t largest, const Clock& clock,
               BatchProfile& profile) {
  WarmUp result;
  MonoTime until = MonoTime::max();
  std::chrono::nanoseconds last{0};  // what does not fit is not begun
  for (uint64_t rows = 1; rows <= largest; rows *= 2) {
    const std::optional<Zeros> zeros = zeros_for(model.signature(), batched, rows);
    if (!zeros) return result;
    for (int i = 0; i < kRunsOfASize; ++i) {
      if (clock.mono() > until - last) return result;
      const auto took = time_run(model, *zeros, clock);
      if (!took) return result;
      if (until == MonoTime::max()) {  // the first run of all warms up
        until = clock.mono() + kBudget;
        if (*took > 2 * kBudget) until = clock.mono();
        result.run = took;
        continue;
      }
      last = *took;
      if (rows == 1) result.run = std::min(result.run.value_or(*took), *took);
      profile.observe(rows, *took);
    }
    if (rows > 1 && profile.best() < rows) return result;
    if (!batched) return result;
  }
  return result;
}

}  // namespace oree::serving
