#include "core/inference/choice/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/text.h"

namespace oree::inference {

namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using tensor::DType;

constexpr double kSurely = 0.97;                               // of the first one's time
constexpr nanoseconds kSample = std::chrono::milliseconds(1);  // shorter runs are timed several at once
constexpr nanoseconds kAllTogether = std::chrono::milliseconds(1500);
constexpr size_t kFewestRounds = 5, kMostRounds = 41;
constexpr size_t kMostRepeats = 500;
constexpr double kDisagreement = 0.1;  // of the answers' length; 8-bit networks round in their own ways

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

struct Runner {
  std::shared_ptr<const Model> model;
  std::vector<tensor::TensorView> inputs;
  size_t repeats = 1;

  Result<nanoseconds> once() const {
    const auto start = steady_clock::now();
    for (size_t i = 0; i < repeats; ++i) {
      std::vector<Output> outputs(model->signature().outputs.size());
      if (Status ran = model->run(inputs, outputs); !ran) return forward(ran);
    }
    return (steady_clock::now() - start) / static_cast<int64_t>(repeats);
  }
};

// More general is no difference that a client could see.
bool covers(const std::vector<tensor::TensorSpec>& given, const std::vector<tensor::TensorSpec>& wanted) {
  return std::ranges::equal(given, wanted, [](const auto& g, const auto& w) {
    return g.name == w.name && g.dtype == w.dtype &&
           std::ranges::equal(g.shape, w.shape, [](int64_t a, int64_t b) { return a == b || a == -1; });
  });
}

std::vector<double> numbers_of(const Output& output) {
  std::vector<double> numbers;
  const auto add = [&]<class T>(T) {
    for (const T value : output.view().as<T>()) numbers.push_back(static_cast<double>(value));
  };
  if (output.dtype == DType::f32) add(float{});
  if (output.dtype == DType::i8) add(int8_t{});
  if (output.dtype == DType::u8) add(uint8_t{});
  return numbers;
}

// Whether two runtimes understood the network alike. Datatypes that are no measurements are not compared.
bool agree(const std::vector<Output>& left, const std::vector<Output>& right) {
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i].shape != right[i].shape) return false;
    const std::vector<double> a = numbers_of(left[i]), b = numbers_of(right[i]);
    double difference = 0, length = 0;
    for (size_t k = 0; k < a.size(); ++k) {
      difference += (a[k] - b[k]) * (a[k] - b[k]);
      length += a[k] * a[k];
    }
    if (!(std::sqrt(difference) <= kDisagreement * std::sqrt(length) + 1e-6)) return false;
  }
  return true;
}

// Runs each once: what cannot run, or answers differently, is out.
void try_out(std::vector<Runner>& runners, std::vector<Candidate>& candidates) {
  std::vector<Output> expected;
  for (size_t i = 0; i < runners.size(); ++i) {
    if (runners[i].model == nullptr) continue;
    std::vector<Output> outputs(runners[i].model->signature().outputs.size());
    if (const Status ran = runners[i].model->run(runners[i].inputs, outputs); !ran) {
      candidates[i].refused = ran.error().what;
      runners[i].model.reset();
    } else if (expected.empty()) {
      expected = std::move(outputs);
    } else if (!agree(expected, outputs)) {
      candidates[i].refused = "its answers differ";
      runners[i].model.reset();
    }
  }
}

Rounds play(std::vector<Runner>& runners, std::vector<Candidate>& candidates) {
  Rounds rounds;
  const auto start = steady_clock::now();
  for (Runner& runner : runners) {
    if (runner.model == nullptr) continue;
    const Result<nanoseconds> warm = runner.once();
    if (!warm) continue;
    runner.repeats =
        std::clamp<size_t>(static_cast<size_t>(kSample / std::max(*warm, nanoseconds(1))), 1, kMostRepeats);
  }
  while (rounds.size() < kMostRounds &&
         (rounds.size() < kFewestRounds || steady_clock::now() - start < kAllTogether)) {
    std::vector<nanoseconds> times(runners.size());
    for (size_t turn = 0; turn < runners.size(); ++turn) {
      const size_t i = (turn + rounds.size()) % runners.size();  // each goes first in its turn
      if (runners[i].model == nullptr) continue;
      const Result<nanoseconds> time = runners[i].once();
      if (time) {
        times[i] = *time;
        continue;
      }
      candidates[i].refused = time.error().what;
      runners[i].model.reset();
    }
    rounds.push_back(std::move(times));
    if (steady_clock::now() - start > 4 * kAllTogether) break;
  }
  return rounds;
}

}  // namespace

size_t quickest(const Rounds& rounds) {
  const size_t count = rounds.front().size();
  const auto is_in = [&](size_t i) {
    return std::ranges::all_of(rounds, [i](const auto& round) { return round[i] > nanoseconds(0); });
  };
  size_t first = 0;
  while (first + 1 < count && !is_in(first)) ++first;
  size_t best = first;
  double best_ratio = kSurely;
  for (size_t i = first + 1; i < count; ++i) {
    if (!is_in(i)) continue;
    std::vector<double> ratios;
    for (const auto& round : rounds)
      ratios.push_back(static_cast<double>(round[i].count()) / static_cast<double>(round[first].count()));
    const auto quicker = std::ranges::count_if(ratios, [](double ratio) { return ratio < 1; });
    const double ratio = median(ratios);
    if (ratio >= best_ratio || static_cast<size_t>(quicker) * 3 < ratios.size() * 2) continue;
    best = i;
    best_ratio = ratio;
  }
  return best;
}

Result<std::vector<tensor::Tensor>> made_up_inputs(const Signature& signature) {
  std::vector<tensor::Tensor> tensors;
  uint32_t state = 12345;
  for (const tensor::TensorSpec& spec : signature.inputs) {
    if (spec.dtype == DType::text)
      return fail(ErrorKind::unsupported, cat("input '", spec.name, "' is text, which is not made up"));
    tensor::Shape shape = spec.shape;
    std::ranges::replace(shape, -1, 1);
    Result<tensor::Tensor> made = tensor::Tensor::create(spec.dtype, shape);
    if (!made) return forward(made, spec.name);
    const auto next = [&state] { return (state = state * 1664525u + 1013904223u) >> 16; };
    if (spec.dtype == DType::f32) {
      for (float& value : made->as<float>()) value = static_cast<float>(next() & 0xff) / 255.0f;
    } else if (spec.dtype == DType::u8 || spec.dtype == DType::i8) {
      for (std::byte& value : made->mutable_bytes()) value = static_cast<std::byte>(next() & 0xff);
    } else {
      std::ranges::fill(made->mutable_bytes(), std::byte{});  // indexes, lengths, flags: zero is always one
    }
    tensors.push_back(std::move(*made));
  }
  return tensors;
}

std::optional<size_t> measure(std::span<const std::shared_ptr<const Model>> models,
                              std::vector<Candidate>& candidates) {
  std::vector<Runner> runners(models.size());
  std::optional<size_t> first;
  Result<std::vector<tensor::Tensor>> inputs = std::vector<tensor::Tensor>{};
  for (size_t i = 0; i < models.size(); ++i) {
    if (models[i] == nullptr) continue;
    const Signature& signature = models[i]->signature();
    if (!first) {
      first = i;
      inputs = made_up_inputs(signature);
      if (!inputs) return i;  // nothing to measure with: the first one it is
    } else if (!covers(signature.inputs, models[*first]->signature().inputs) ||
               !covers(signature.outputs, models[*first]->signature().outputs)) {
      candidates[i].refused = "its inputs or outputs are named or shaped differently";
      continue;
    }
    runners[i].model = models[i];
    for (const tensor::Tensor& input : *inputs) runners[i].inputs.push_back(input.view());
  }
  if (!first) return std::nullopt;
  try_out(runners, candidates);
  const auto in = std::ranges::count_if(runners, [](const Runner& r) { return r.model != nullptr; });
  if (in == 0) return first;  // none runs on made-up inputs, which proves nothing about real ones
  const Rounds rounds = play(runners, candidates);
  for (size_t i = 0; i < runners.size(); ++i) {
    if (runners[i].model == nullptr) continue;
    std::vector<double> times;
    for (const auto& round : rounds) times.push_back(static_cast<double>(round[i].count()));
    candidates[i].run = nanoseconds(static_cast<int64_t>(median(times)));
  }
  return quickest(rounds);
}

}  // namespace oree::inference
