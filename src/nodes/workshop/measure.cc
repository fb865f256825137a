#include "nodes/workshop/measure.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <random>

#include "base/text.h"

extern char** environ;

namespace oree::workshop {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kFirstLook = 45;
constexpr size_t kMostRounds = 4000;  // more make no interval narrower that anybody acts on

// Of this thread, which does all of a run that was loaded with one thread.
double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double wall_ms() {
  return std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count();
}

using Stopwatch = double (*)();

Result<double> one_run(const inference::Model& model, const tensor::TensorView& input,
                       Stopwatch now = wall_ms) {
  std::vector<inference::Output> outputs(model.signature().outputs.size());
  const double begin = now();
  if (Status ran = model.run({&input, 1}, outputs); !ran) return forward(ran);
  return now() - begin;
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  const auto at = static_cast<size_t>(q * static_cast<double>(values.size() - 1) + 0.5);
  std::ranges::nth_element(values, values.begin() + static_cast<ptrdiff_t>(at));
  return values[at];
}

certification::Timing timing_of(const std::vector<double>& runs) {
  return {quantile(runs, 0.5), quantile(runs, 0.95), runs.size()};
}

struct Turns {
  std::vector<double> reference, other;
};

struct Ratio {
  double low = 0, high = 0;
  double width() const { return (high - low) / std::max((low + high) / 2, 1e-9); }
};

// 95 % of the ratios of medians of what 1,000 resamplings of the rounds show.
Ratio ratio_of(const Turns& turns) {
  std::mt19937 random(7);
  std::vector<double> ratios;
  const size_t rounds = turns.reference.size();
  for (int sample = 0; sample < 1000; ++sample) {
    std::vector<double> a, b;
    for (size_t i = 0; i < rounds; ++i) {
      const size_t at = random() % rounds;
      a.push_back(turns.reference[at]);
      b.push_back(turns.other[at]);
    }
    ratios.push_back(quantile(std::move(a), 0.5) / quantile(std::move(b), 0.5));
  }
  return {quantile(ratios, 0.025), quantile(ratios, 0.975)};
}

// Who begins changes at random: neither always runs behind the other's cold caches.
Result<Turns> take_turns(const inference::Model& reference, const inference::Model& other,
                         const tensor::TensorView& input, const Pace& pace) {
  Turns turns;
  for (const inference::Model* model : {&reference, &other}) {
    for (int i = 0; i < 2; ++i) {  // first runs allocate
      if (const Result<double> warm = one_run(*model, input); !warm) return forward(warm);
    }
  }
  const Stopwatch now = pace.own_time ? cpu_ms : wall_ms;
  std::mt19937 random(11);
  const std::chrono::duration<double> whole(pace.seconds);
  const auto begin = Clock::now();
  size_t look = kFirstLook;  // at the interval; each look is at half as many rounds again
  while (turns.reference.size() < pace.least_rounds ||
         (Clock::now() < begin + whole && turns.reference.size() < kMostRounds)) {
    if (pace.narrow > 0 && turns.reference.size() >= look && Clock::now() >= begin + whole / 2) {
      if (ratio_of(turns).width() <= pace.narrow) break;
      look = turns.reference.size() * 3 / 2;
    }
    for (const bool mine : random() % 2 == 0 ? std::array{true, false} : std::array{false, true}) {
      const Result<double> took = one_run(mine ? reference : other, input, now);
      if (!took) return forward(took);
      (mine ? turns.reference : turns.other).push_back(*took);
    }
  }
  return turns;
}

// Without what is mapped from files: the runtime's code is not the network's.
uint64_t resident_bytes() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("RssAnon:")) continue;
    const std::string_view number = trim(std::string_view(line).substr(8));
    return parse_number<uint64_t>(number.substr(0, number.find(' '))).value_or(0) * 1024;
  }
  return 0;
}

}  // namespace

Result<certification::Comparison> compare_times(const inference::Model& reference,
                                                const inference::Model& optimised,
                                                const tensor::TensorView& input, const Pace& pace) {
  const Result<Turns> turns = take_turns(reference, optimised, input, pace);
  if (!turns) return forward(turns);
  certification::Comparison found{timing_of(turns->reference), timing_of(turns->other)};
  found.speedup = found.reference.p50_ms / std::max(found.optimised.p50_ms, 1e-9);
  const Ratio ratio = ratio_of(*turns);
  found.speedup_low = ratio.low;
  found.speedup_high = ratio.high;
  return found;
}

Result<double> time_ratio(const inference::Model& reference, const inference::Model& other,
                          const tensor::TensorView& input, const Pace& pace) {
  const Result<Turns> turns = take_turns(reference, other, input, pace);
  if (!turns) return forward(turns);
  return quantile(turns->other, 0.25) / std::max(quantile(turns->reference, 0.25), 1e-9);
}

Result<certification::Timing> time_of(const inference::Model& model, const tensor::TensorView& input,
                                      const Pace& pace) {
  std::vector<double> runs;
  for (int i = 0; i < 2; ++i) {
    if (const Result<double> warm = one_run(model, input); !warm) return forward(warm);
  }
  const Stopwatch now = pace.own_time ? cpu_ms : wall_ms;
  const auto end = Clock::now() + std::chrono::duration<double>(pace.seconds);
  while (runs.size() < pace.least_rounds || (Clock::now() < end && runs.size() < 20'000)) {
    const Result<double> run = one_run(model, input, now);
    if (!run) return forward(run);
    runs.push_back(*run);
  }
  return timing_of(runs);
}

Result<uint64_t> weigh(const std::filesystem::path& file, inference::Backend& backend) {
  const uint64_t before = resident_bytes();
  const Result<std::unique_ptr<inference::Model>> model = backend.load(file, {});
  if (!model) return forward(model);
  const inference::Signature& signature = (*model)->signature();
  std::vector<tensor::Tensor> inputs;
  std::vector<tensor::TensorView> views;
  for (const tensor::TensorSpec& spec : signature.inputs) {
    tensor::Shape shape = spec.shape;
    for (int64_t& size : shape) size = std::max<int64_t>(size, 1);
    Result<tensor::Tensor> made = tensor::Tensor::create(spec.dtype, shape);
    if (!made) return forward(made);
    std::ranges::fill(made->mutable_bytes(), std::byte{});
    inputs.push_back(std::move(*made));
  }
  for (const tensor::Tensor& input : inputs) views.push_back(input.view());
  for (int run = 0; run < 3; ++run) {
    std::vector<inference::Output> outputs(signature.outputs.size());
    if (Status ran = (*model)->run(views, outputs); !ran) return forward(ran);
  }
  const uint64_t after = resident_bytes();
  return after > before ? after - before : 0;
}

std::optional<uint64_t> memory_of(const std::filesystem::path& program, const std::filesystem::path& model) {
  if (program.empty()) return std::nullopt;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  std::string executable = program.string(), file = model.string();
  char word[] = "optimise", verb[] = "weigh";
  char* arguments[] = {executable.data(), word, verb, file.data(), nullptr};
  pid_t child = 0;
  const int spawned = posix_spawn(&child, executable.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  char buffer[256];
  for (ssize_t n; spawned == 0 && (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(n));
  close(ends[0]);
  if (spawned != 0) return std::nullopt;
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return std::nullopt;
  return parse_number<uint64_t>(trim(text));
}

}  // namespace oree::workshop
