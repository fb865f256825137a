// Of OrtModel: how a network that was loaded for one thread gets more of them, and loses them again.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "base/text.h"
#include "core/inference/backends/onnxruntime/ort_model.h"
#include "core/inference/choice/measure.h"

namespace oree::inference::ort {

namespace {

constexpr double kRounding = 1e-3;  // of the largest number: threads may add in another order

bool agree(const Output& left, const Output& right) {
  if (left.shape != right.shape || left.data.size() != right.data.size()) return false;
  if (std::ranges::equal(left.data, right.data)) return true;
  if (left.dtype != tensor::DType::f32) return false;
  const auto a = left.view().as<float>(), b = right.view().as<float>();
  float largest = 0, apart = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(a[i]));
    apart = std::max(apart, std::abs(a[i] - b[i]));
  }
  return apart <= static_cast<float>(kRounding) * largest;
}

// Until runs that go on have let go of it. Nobody else is held up by waiting.
template <class T>
void wait_until_ours(const std::shared_ptr<T>& held) {
  for (int i = 0; i < 1000 && held.use_count() > 1; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

// The file may have become another since it was loaded, and so may what lies beside it: what is not known to
// answer as before does not answer.
Status OrtModel::prove(const std::shared_ptr<const Loaded>& next) const {
  const Result<std::vector<tensor::Tensor>> inputs = made_up_inputs(signature_);
  if (!inputs) return forward(inputs);
  std::vector<tensor::TensorView> views;
  for (const tensor::Tensor& input : *inputs) views.push_back(input.view());
  std::vector<Output> before(signature_.outputs.size());
  if (Status ran = run_on(sessions(), Company::together, views, before); !ran) return ran;
  for (const Company company : {Company::together, Company::alone}) {
    std::vector<Output> after(signature_.outputs.size());
    if (Status ran = run_on(next, company, views, after); !ran) return ran;
    for (size_t i = 0; i < after.size(); ++i) {
      if (!agree(before[i], after[i]))
        return fail(ErrorKind::unsupported, cat(file_.string(), " is not what it was when it was loaded"));
    }
  }
  return {};
}

Status OrtModel::widen(int threads) const {
  const std::lock_guard one_at_a_time(widening_);
  if (file_.empty()) {
    return fail(ErrorKind::unsupported, "only a plain network that lies in a file can be given more threads");
  }
  std::shared_ptr<const Loaded> now = sessions();
  auto next = std::make_shared<Loaded>(*now);
  if (threads <= 1) {
    if (now->single != nullptr) next->session = std::exchange(next->single, nullptr);
  } else if (now->single == nullptr) {
    LoadOptions wide = options_;
    wide.threads = threads;
    Result<Twins> twins = open_twins(now->runtime, file_, wide);
    if (!twins) return forward(twins);
    next->weights = std::move(twins->weights);
    next->session = std::move(twins->wide);
    next->single = std::move(twins->single);
    if (Status proven = prove(next); !proven) return proven;
  }
  {
    const std::lock_guard lock(place_);
    loaded_ = std::move(next);
  }
  wait_until_ours(now);
  // Freed here and not by the last run, because what is freed after the next line stays with the process.
  now = nullptr;
  sessions()->runtime->give_back_memory();
  return {};
}

}  // namespace oree::inference::ort
