#include "services/queries/models/batch_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/text.h"

namespace oree::queries {
namespace {

using tensor::DType;
using tensor::Tensor;
using tensor::TensorSpec;
using tensor::TensorView;

template <class T>
void convert_from(std::span<const double> values, std::span<std::byte> out) {
  auto* to = reinterpret_cast<T*>(out.data());
  for (size_t i = 0; i < values.size(); ++i) {
    if constexpr (std::floating_point<T>) {
      to[i] = static_cast<T>(values[i]);
    } else {
      constexpr double kMost = 9.2e18;
      const double value = std::isfinite(values[i]) ? std::clamp(std::trunc(values[i]), -kMost, kMost) : 0;
      to[i] = static_cast<T>(static_cast<int64_t>(value));
    }
  }
}

bool fill(DType dtype, std::span<const double> values, std::span<std::byte> out) {
  switch (dtype) {
    case DType::f32:
      return convert_from<float>(values, out), true;
    case DType::f64:
      return convert_from<double>(values, out), true;
    case DType::i64:
      return convert_from<int64_t>(values, out), true;
    case DType::i32:
      return convert_from<int32_t>(values, out), true;
    default:
      return false;
  }
}

template <class T>
void convert_to(const TensorView& view, std::vector<double>& out) {
  for (const T value : view.as<T>()) out.push_back(static_cast<double>(value));
}

bool take(const TensorView& view, std::vector<double>& out) {
  switch (view.dtype) {
    case DType::f32:
      return convert_to<float>(view, out), true;
    case DType::f64:
      return convert_to<double>(view, out), true;
    case DType::i64:
      return convert_to<int64_t>(view, out), true;
    case DType::i32:
      return convert_to<int32_t>(view, out), true;
    case DType::boolean:
    case DType::u8:
      return convert_to<uint8_t>(view, out), true;
    default:
      return false;
  }
}

std::unexpected<Error> cannot(const TensorSpec& spec) {
  return fail(
      ErrorKind::unsupported,
      cat("the model's input '", spec.name, "' of shape ", tensor::shape_text(spec.shape), " (",
          tensor::facts(spec.dtype).name, ") fits neither rows [n, k] nor windows [n, rows, columns]"));
}

bool is_numeric(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f64 || dtype == DType::i64 || dtype == DType::i32;
}

}  // namespace

Result<std::shared_ptr<const BatchModel>> BatchModel::make(std::shared_ptr<const inference::Model> model) {
  auto made = std::make_shared<BatchModel>();
  const inference::Signature& signature = model->signature();
  if (signature.inputs.empty() || signature.outputs.empty()) {
    return fail(ErrorKind::unsupported, "a model without inputs or outputs cannot be asked from SQL");
  }
  for (const TensorSpec& spec : signature.inputs) {
    const auto& shape = spec.shape;
    const bool scalar = shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
    if (!is_numeric(spec.dtype) || shape.empty() || shape.size() > 3) return cannot(spec);
    if (signature.inputs.size() > 1 && !scalar) return cannot(spec);
    if (std::ranges::any_of(shape.begin() + 1, shape.end(),
                            [](int64_t d) { return d < 1 || d > 1'000'000; })) {
      return cannot(spec);
    }
    made->one_by_one_ = made->one_by_one_ || shape[0] == 1;
    if (shape[0] > 1) return cannot(spec);
    made->inputs_.push_back(spec.name);
  }
  const auto& shape = signature.inputs[0].shape;
  made->features_ = signature.inputs.size() > 1 ? signature.inputs.size()
                                                : static_cast<size_t>(shape.size() == 1 ? 1 : shape.back());
  if (shape.size() == 3) made->window_ = static_cast<size_t>(shape[1]);
  for (const TensorSpec& spec : signature.outputs) made->outputs_.push_back(spec.name);
  made->model_ = std::move(model);
  return made;
}

Status BatchModel::run_some(std::span<const double> items, size_t count, Answers& answers) const {
  const auto& signature = model_->signature();
  std::vector<Tensor> tensors;
  std::vector<TensorView> views;
  std::vector<double> column(count);
  for (size_t i = 0; i < signature.inputs.size(); ++i) {
    const TensorSpec& spec = signature.inputs[i];
    tensor::Shape shape = spec.shape;
    shape[0] = static_cast<int64_t>(count);
    auto made = Tensor::create(spec.dtype, shape);
    if (!made) return forward(made);
    if (signature.inputs.size() == 1) {
      fill(spec.dtype, items, made->mutable_bytes());
    } else {
      for (size_t row = 0; row < count; ++row) column[row] = items[row * features_ + i];
      fill(spec.dtype, column, made->mutable_bytes());
    }
    tensors.push_back(std::move(*made));
  }
  for (const Tensor& made : tensors) views.push_back(made.view());
  std::vector<inference::Output> outputs(signature.outputs.size());
  if (auto ran = model_->run(views, outputs); !ran) return ran;

  std::vector<std::vector<double>> numbers(outputs.size());
  size_t width = 0;
  answers.starts.clear();
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!take(outputs[i].view(), numbers[i]) || numbers[i].size() % count != 0) {
      return fail(ErrorKind::unsupported,
                  cat("the model's output '", outputs_[i], "' of shape ",
                      tensor::shape_text(outputs[i].shape), " holds no number per item"));
    }
    answers.starts.push_back(width);
    width += numbers[i].size() / count;
  }
  if (answers.width != 0 && answers.width != width)
    return fail(ErrorKind::unsupported, "the model's outputs change their size");
  answers.width = width;
  for (size_t row = 0; row < count; ++row) {
    for (const auto& output : numbers) {
      const size_t each = output.size() / count;
      const auto* from = output.data() + row * each;
      answers.values.insert(answers.values.end(), from, from + each);
    }
  }
  return {};
}

Result<BatchModel::Answers> BatchModel::run(std::span<const double> items, size_t count) const {
  const size_t each = window_ * features_;
  Answers answers;
  for (size_t from = 0; from < count; from += at_once()) {
    const size_t some = std::min(at_once(), count - from);
    if (auto ran = run_some(items.subspan(from * each, some * each), some, answers); !ran)
      return forward(ran);
  }
  return answers;
}

size_t BatchModel::at_once() const {
  // What fits a processor's cache; more gains nothing.
  constexpr size_t kNumbers = size_t{1} << 15;
  return one_by_one_ ? 1 : std::clamp<size_t>(kNumbers / (window_ * features_), 16, 4096);
}

// Whether an output of this shape can be the window rebuilt; a model that answers something else is not run
// in vain.
bool BatchModel::may_rebuild(const tensor::Shape& shape) const {
  int64_t each = 1;
  for (size_t i = 1; i < shape.size(); ++i) {
    if (shape[i] < 0) return true;  // only a run can tell
    each *= shape[i];
  }
  return each == static_cast<int64_t>(window_ * features_);
}

// The usual auto-encoder, f32 in and out of the same size: compared where the tensors lie.
bool BatchModel::compares() const {
  const auto& signature = model_->signature();
  return signature.inputs.size() == 1 && signature.inputs[0].dtype == DType::f32 &&
         may_rebuild(signature.outputs[0].shape);
}

// False: not of that kind, which only the run could tell.
Result<bool> BatchModel::compare_some(std::span<const double> items, size_t count,
                                      std::span<double> found) const {
  if (!compares()) return false;
  tensor::Shape shape = model_->signature().inputs[0].shape;
  shape[0] = static_cast<int64_t>(count);
  auto input = Tensor::create(DType::f32, shape);
  if (!input) return forward(input);
  fill(DType::f32, items, input->mutable_bytes());
  return compare_input(input->view(), found);
}

Result<bool> BatchModel::compare_input(const TensorView& view, std::span<double> found) const {
  const size_t count = found.size();
  std::vector<inference::Output> outputs(model_->signature().outputs.size());
  if (auto ran = model_->run({&view, 1}, outputs); !ran) return forward(ran);
  const TensorView made = outputs[0].view();
  if (made.dtype != DType::f32 || made.data.size() != view.data.size()) return false;
  const size_t each = window_ * features_;
  const auto *wanted = view.as<float>().data(), *got = made.as<float>().data();
  for (size_t i = 0; i < count; ++i) {
    // Four sums side by side: one addition does not wait for the other.
    double sums[4] = {0, 0, 0, 0};
    size_t k = 0;
    for (; k + 4 <= each; k += 4) {
      for (size_t lane = 0; lane < 4; ++lane) {
        sums[lane] += static_cast<double>(std::abs(got[i * each + k + lane] - wanted[i * each + k + lane]));
      }
    }
    for (; k < each; ++k) sums[0] += static_cast<double>(std::abs(got[i * each + k] - wanted[i * each + k]));
    found[i] = (sums[0] + sums[1] + sums[2] + sums[3]) / static_cast<double>(each);
  }
  return true;
}

Result<std::vector<double>> BatchModel::window_errors(std::span<const double> rows,
                                                      std::span<const size_t> starts) const {
  const size_t each = window_ * features_;
  std::vector<double> found(starts.size());
  bool compared = compares();
  const std::vector<float> values(rows.begin(), compared ? rows.end() : rows.begin());
  for (size_t from = 0; compared && from < starts.size(); from += at_once()) {
    const size_t some = std::min(at_once(), starts.size() - from);
    tensor::Shape shape = model_->signature().inputs[0].shape;
    shape[0] = static_cast<int64_t>(some);
    auto input = Tensor::create(DType::f32, shape);
    if (!input) return forward(input);
    auto* out = input->as<float>().data();
    for (size_t i = 0; i < some; ++i)
      std::copy_n(values.data() + starts[from + i] * features_, each, out + i * each);
    const auto done = compare_input(input->view(), std::span(found).subspan(from, some));
    if (!done) return forward(done);
    compared = *done;
  }
  if (compared) return found;
  std::vector<double> items;
  items.reserve(starts.size() * each);
  for (const size_t start : starts) {
    const auto from = rows.begin() + static_cast<ptrdiff_t>(start * features_);
    items.insert(items.end(), from, from + static_cast<ptrdiff_t>(each));
  }
  return errors(items, starts.size());
}

Result<std::vector<double>> BatchModel::errors(std::span<const double> items, size_t count) const {
  const size_t each = window_ * features_;
  std::vector<double> found(count);
  for (size_t from = 0; from < count; from += at_once()) {
    const size_t some = std::min(at_once(), count - from);
    const auto part = items.subspan(from * each, some * each);
    const auto compared = compare_some(part, some, std::span(found).subspan(from, some));
    if (!compared) return forward(compared);
    if (!*compared) return errors_of_any(items, count);
  }
  return found;
}

Result<std::vector<double>> BatchModel::errors_of_any(std::span<const double> items, size_t count) const {
  const auto answers = run(items, count);
  if (!answers) return forward(answers);
  const size_t each = window_ * features_;
  const size_t first = answers->starts.size() > 1 ? answers->starts[1] : answers->width;
  std::vector<double> found(count);
  for (size_t i = 0; i < count; ++i) {
    const double* made = answers->values.data() + i * answers->width;
    if (first != each) {
      found[i] = made[0];
      continue;
    }
    double sum = 0;
    for (size_t k = 0; k < each; ++k) sum += std::abs(made[k] - items[i * each + k]);
    found[i] = sum / static_cast<double>(each);
  }
  return found;
}

}  // namespace oree::queries
