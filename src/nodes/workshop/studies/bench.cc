#include "nodes/workshop/studies/bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>

#include "base/text.h"
#include "nodes/workshop/measure.h"

namespace oree::workshop {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using Inputs = std::vector<std::vector<tensor::Tensor>>;

constexpr size_t kMostRuns = 200'000;
// Runs that a percentile needs before it is worth saying: 1 - p^n >= 99 %.
constexpr size_t kRunsForP90 = 44, kRunsForP95 = 90, kRunsForP99 = 459;
constexpr double kShareOfCapacity = 0.7;

double quantile(const std::vector<double>& sorted, double q) {
  return sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1) + 0.5)];
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::optional<double> read_joules() {
  std::ifstream in("/sys/class/powercap/intel-rapl:0/energy_uj");
  double microjoules = 0;
  return in >> microjoules ? std::optional(microjoules / 1e6) : std::nullopt;
}

// One network and what it is asked.
class Asked {
 public:
  Asked(const inference::Model& model, const Inputs& inputs) : model_(model) {
    for (const std::vector<tensor::Tensor>& set : inputs) {
      std::vector<tensor::TensorView> views;
      for (const tensor::Tensor& tensor : set) views.push_back(tensor.view());
      views_.push_back(std::move(views));
    }
  }
  Status operator()(size_t number) const {
    std::vector<inference::Output> outputs(model_.signature().outputs.size());
    return model_.run(views_[number % views_.size()], outputs);
  }

 private:
  const inference::Model& model_;
  std::vector<std::vector<tensor::TensorView>> views_;
};

// Runs `ask(number)` on as many threads as there are clients until it says no; milliseconds of all.
struct Crowd {
  std::mutex mutex;
  std::vector<double> milliseconds;
  Status failed;

  template <class Ask>
  void run(unsigned clients, const Ask& ask) {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < clients; ++i)
      threads.emplace_back([&] {
        std::vector<double> mine;
        Status status;
        while (true) {
          const Result<std::optional<double>> took = ask();
          if (!took) status = forward(took);
          if (!took || !*took) break;
          mine.push_back(**took);
        }
        const std::lock_guard lock(mutex);
        milliseconds.insert(milliseconds.end(), mine.begin(), mine.end());
        if (!status) failed = status;
      });
  }
};

Result<Load> closed_loop(const Asked& ask, unsigned clients, double seconds) {
  std::atomic<size_t> next{0};
  const double cpu = cpu_seconds();
  const auto begin = Clock::now(),
             end = begin + std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
  Crowd crowd;
  crowd.run(clients, [&]() -> Result<std::optional<double>> {
    const auto from = Clock::now();
    const size_t number = next.fetch_add(1);
    if (number >= kMostRuns || (from >= end && number > 0)) return std::nullopt;
    if (Status ran = ask(number); !ran) return forward(ran);
    return std::chrono::duration<double, std::milli>(Clock::now() - from).count();
  });
  if (!crowd.failed) return forward(crowd.failed);
  Load load{crowd.milliseconds.size(), Seconds(Clock::now() - begin).count()};
  load.cpu_ms_per_run = (cpu_seconds() - cpu) * 1e3 / static_cast<double>(std::max<size_t>(load.runs, 1));
  load.milliseconds = percentiles_of(std::move(crowd.milliseconds));
  return load;
}

Result<Load> open_loop(const Asked& ask, unsigned clients, double rate, double seconds) {
  std::mt19937_64 random(1);
  std::exponential_distribution<double> gap(rate);
  std::vector<double> due;
  for (double at = gap(random); at < seconds && due.size() < kMostRuns; at += gap(random)) due.push_back(at);
  std::atomic<size_t> next{0};
  const double cpu = cpu_seconds();
  const auto begin = Clock::now();
  Crowd crowd;
  crowd.run(clients, [&]() -> Result<std::optional<double>> {
    const size_t number = next.fetch_add(1);
    if (number >= due.size()) return std::nullopt;
    const auto from = begin + std::chrono::duration_cast<Clock::duration>(Seconds(due[number]));
    std::this_thread::sleep_until(from);
    if (Status ran = ask(number); !ran) return forward(ran);
    return std::chrono::duration<double, std::milli>(Clock::now() - from).count();
  });
  if (!crowd.failed) return forward(crowd.failed);
  Load load{crowd.milliseconds.size(), Seconds(Clock::now() - begin).count(), rate};
  load.cpu_ms_per_run = (cpu_seconds() - cpu) * 1e3 / static_cast<double>(std::max<size_t>(load.runs, 1));
  load.milliseconds = percentiles_of(std::move(crowd.milliseconds));
  return load;
}

Energy energy_of(std::optional<double> before, const Load& load) {
  const std::optional<double> after = read_joules();
  if (!before || !after) return {std::nullopt, "this machine shows no counter of the processor's energy"};
  if (*after < *before) return {std::nullopt, "the counter of energy wrapped"};
  return {(*after - *before) / static_cast<double>(std::max<size_t>(load.runs, 1)), ""};
}

json::Value number_or_null(const std::optional<double>& value) {
  return value ? json::Value(*value) : json::Value();
}

json::Value load_json(const Load& load) {
  const Percentiles& p = load.milliseconds;
  json::Object out{{"runs", load.runs},
                   {"seconds", load.seconds},
                   {"per_second", load.per_second()},
                   {"cpu_ms_per_run", load.cpu_ms_per_run},
                   {"mean_ms", p.mean},
                   {"p50_ms", p.p50},
                   {"p90_ms", number_or_null(p.p90)},
                   {"p95_ms", number_or_null(p.p95)},
                   {"p99_ms", number_or_null(p.p99)},
                   {"max_ms", p.most}};
  if (load.offered_per_second > 0) out.emplace_back("offered_per_second", load.offered_per_second);
  return out;
}

}  // namespace

Percentiles percentiles_of(std::vector<double> runs) {
  Percentiles out;
  if (runs.empty()) return out;
  std::ranges::sort(runs);
  out.mean = std::accumulate(runs.begin(), runs.end(), 0.0) / static_cast<double>(runs.size());
  out.p50 = quantile(runs, 0.5);
  if (runs.size() >= kRunsForP90) out.p90 = quantile(runs, 0.9);
  if (runs.size() >= kRunsForP95) out.p95 = quantile(runs, 0.95);
  if (runs.size() >= kRunsForP99) out.p99 = quantile(runs, 0.99);
  out.most = runs.back();
  return out;
}

Result<Bench> bench(const std::filesystem::path& path, Inputs inputs, const BenchPlan& plan,
                    inference::Backend& backend, const std::filesystem::path& weigher) {
  Result<Runnable> network = make_runnable(path);
  if (!network) return forward(network);
  Bench out{.network = *std::move(network)};
  const std::string name = out.network.source.string();
  const auto begin = Clock::now();
  const auto model = backend.load(out.network.file, {.threads = plan.threads});
  if (!model) return forward(model, name);
  out.load_ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  if (inputs.empty()) {
    Result<std::vector<tensor::Tensor>> made = made_up_inputs((*model)->signature());
    if (!made) return forward(made, name);
    inputs.push_back(*std::move(made));
  }
  const Asked ask(**model, inputs);
  if (const auto warm = closed_loop(ask, plan.clients, plan.warm_up); !warm) return forward(warm, name);
  const std::optional<double> joules = read_joules();
  auto closed = closed_loop(ask, plan.clients, plan.seconds);
  if (!closed) return forward(closed, name);
  out.closed = *std::move(closed);
  out.energy = energy_of(joules, out.closed);
  const double rate = plan.rate > 0 ? plan.rate : kShareOfCapacity * out.closed.per_second();
  auto open = open_loop(ask, plan.clients, rate, plan.seconds);
  if (!open) return forward(open, name);
  out.open = *std::move(open);
  out.memory = memory_of(weigher, out.network.file);
  return out;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::faster:
      return "faster";
    case Verdict::equal:
      return "equal";
    case Verdict::slower:
      return "slower";
    case Verdict::undecided:
      break;
  }
  return "undecided";
}

// Speedup is the first's time over the second's: above 1 the first is the slower one.
Verdict verdict_of(const certification::Comparison& time, double accepted) {
  const double low = time.speedup_low, high = time.speedup_high;
  if (low >= 1 - accepted && high <= 1 + accepted) return Verdict::equal;
  if (high < 1) return Verdict::faster;
  if (low > 1) return Verdict::slower;
  return Verdict::undecided;
}

Result<Duel> compare(const Bench& first, const Bench& second, const BenchPlan& plan,
                     inference::Backend& backend) {
  const auto one = backend.load(first.network.file, {.threads = plan.threads});
  if (!one) return forward(one, first.network.source.string());
  const auto other = backend.load(second.network.file, {.threads = plan.threads});
  if (!other) return forward(other, second.network.source.string());
  const inference::Signature &a = (*one)->signature(), &b = (*other)->signature();
  const bool same = std::ranges::equal(a.inputs, b.inputs, [](const auto& x, const auto& y) {
    return x.dtype == y.dtype && x.shape == y.shape;
  });
  if (!same || a.inputs.size() != 1)
    return fail(ErrorKind::unsupported,
                cat(first.network.source.string(), " and ", second.network.source.string(),
                    " are compared in turns only when both take one input of the same type and shape"));
  const auto inputs = made_up_inputs(a);
  if (!inputs) return forward(inputs);
  auto time = compare_times(**one, **other, inputs->front().view(), {.seconds = plan.seconds * 2});
  if (!time) return forward(time);
  return Duel{*time, verdict_of(*time, plan.accepted)};
}

json::Value to_json(const Bench& bench) {
  json::Object out{{"file", bench.network.source.string()}, {"format", bench.network.format},
                   {"bytes", bench.network.bytes},          {"load_ms", bench.load_ms},
                   {"closed", load_json(bench.closed)},     {"open", load_json(bench.open)}};
  out.emplace_back("memory", bench.memory ? json::Value(*bench.memory) : json::Value());
  out.emplace_back("joules_per_run", number_or_null(bench.energy.joules_per_run));
  if (!bench.energy.why_not.empty()) out.emplace_back("why_no_energy", bench.energy.why_not);
  return out;
}

json::Value to_json(const Duel& duel) {
  return json::Object{{"first_p50_ms", duel.time.reference.p50_ms},
                      {"second_p50_ms", duel.time.optimised.p50_ms},
                      {"rounds", duel.time.reference.runs},
                      {"first_over_second", duel.time.speedup},
                      {"at_least", duel.time.speedup_low},
                      {"at_most", duel.time.speedup_high},
                      {"first_is", std::string(name_of(duel.verdict))}};
}

}  // namespace oree::workshop
