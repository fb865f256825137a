// A network for tests of scheduling: SUM = A + B, INT32 [-1, columns], as a function of this program that
// allocates nothing when its outputs have their place. It remembers what it was asked, and can be held up.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "core/inference/checks.h"
#include "core/inference/model.h"
#include "core/inference/service/service.h"

namespace oree::serving::testing {

class SumModel final : public inference::Model {
 public:
  explicit SumModel(int64_t columns = 4) {
    for (const char* name : {"A", "B"})
      signature_.inputs.push_back({name, tensor::DType::i32, {-1, columns}});
    signature_.outputs.push_back({"SUM", tensor::DType::i32, {-1, columns}});
  }

  const inference::Signature& signature() const override { return signature_; }
  std::string_view backend() const override { return "fake"; }

  Status run(std::span<const tensor::TensorView> inputs,
             std::span<inference::Output> outputs) const override {
    if (Status fits = inference::check_inputs(signature_, inputs); !fits) return fits;
    if (Status fits = inference::check_outputs(signature_, outputs); !fits) return fits;
    {
      std::unique_lock lock(mutex_);
      ++runs_;
      if (runs_ <= sizes_.size()) sizes_[runs_ - 1] = inputs[0].shape[0];
      changed_.notify_all();
      changed_.wait(lock, [&] { return open_; });
    }
    if (work) work(inputs[0].shape[0]);
    const auto a = inputs[0].as<int32_t>(), b = inputs[1].as<int32_t>();
    if (outputs[0].preset.empty()) lend(outputs[0], inputs[0].shape);
    outputs[0].data = outputs[0].preset;
    outputs[0].dtype = tensor::DType::i32;
    auto* sum = reinterpret_cast<int32_t*>(outputs[0].preset.data());
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i] == kPoison) return fail(ErrorKind::invalid, "a poisoned row");
      sum[i] = a[i] + b[i];
    }
    return {};
  }

  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    forget();
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // Until so many runs have begun since close() or record().
  void wait_for_runs(size_t runs) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return runs_ >= runs; });
  }
  void record() {
    const std::lock_guard lock(mutex_);
    forget();
  }
  std::vector<int64_t> sizes() const {
    const std::lock_guard lock(mutex_);
    return {sizes_.begin(), sizes_.begin() + static_cast<std::ptrdiff_t>(std::min(runs_, sizes_.size()))};
  }

  static constexpr int32_t kPoison = -999'999;
  std::function<void(int64_t rows)> work;  // on each run, outside the lock

 private:
  void forget() {
    runs_ = 0;
    sizes_.assign(10'000, 0);
  }
  static void lend(inference::Output& output, std::span<const int64_t> shape) {
    auto made = std::make_shared<tensor::Tensor>(
        *tensor::Tensor::create(tensor::DType::i32, {shape.begin(), shape.end()}));
    output.preset = made->mutable_bytes();
    output.shape = made->shape();
    output.keep = std::move(made);
  }

  inference::Signature signature_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable size_t runs_ = 0;
  mutable std::vector<int64_t> sizes_;
  bool open_ = true;
};

// Asks SUM of rows that hold `value` and 1.
class SumCall : public inference::Call {
 public:
  explicit SumCall(int32_t value = 0, int64_t rows = 1, int64_t columns = 4)
      : shape_{rows, columns},
        a_(static_cast<size_t>(rows * columns), value),
        b_(static_cast<size_t>(rows * columns), 1) {
    fill();
  }
  void fill() {
    for (const auto& [name, data] : {std::pair{"A", &a_}, std::pair{"B", &b_}})
      inputs.push_back({name, tensor::DType::i32, shape_, std::as_bytes(std::span(*data))});
  }
  void again() {
    clear();
    fill();
    const std::lock_guard lock(mutex_);
    status_.reset();
  }
  void finished(Status status) override {
    const std::lock_guard lock(mutex_);
    ++times_finished_;
    status_ = std::move(status);
    changed_.notify_all();
  }
  const Status& wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return status_.has_value(); });
    return *status_;
  }
  bool done() const {
    const std::lock_guard lock(mutex_);
    return status_.has_value();
  }
  int times_finished() const {
    const std::lock_guard lock(mutex_);
    return times_finished_;
  }
  // After success: every number of the answer, when they are the same; else -1.
  int32_t sum() const {
    const auto numbers = outputs.at(0).tensor.view().as<int32_t>();
    for (const int32_t number : numbers) {
      if (number != numbers[0]) return -1;
    }
    return numbers.size() == a_.size() ? numbers[0] : -2;
  }

 private:
  std::vector<int64_t> shape_;
  std::vector<int32_t> a_, b_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Status> status_;
  int times_finished_ = 0;
};

inline inference::Description sum_description(int64_t max_batch_size, int64_t columns = 4) {
  const auto port = [&](const char* name) {
    return inference::PortDescription{{name, tensor::DType::i32, {-1, columns}}, false, {}};
  };
  return {"sum", "1", "fake", max_batch_size, {port("A"), port("B")}, {port("SUM")}};
}

}  // namespace oree::serving::testing
